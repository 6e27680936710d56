// examples/orders as its README has it: built by the command, served from its archive, and called in each of the three shapes.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROJECT_FOLDER, ServiceProcess } from '../support/service-process.ts'

interface Answered {
  readonly status: number
  /** JSON, or else text. */
  readonly body: unknown
}

/** A service without a key takes no forms. */
const API_KEY = 'the-key-of-the-clients'

let folder = ''
let service: ServiceProcess
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orders-'))
  const args = ['bin/worker-isolate.mjs', 'build', 'examples/orders', '--out', folder]
  await promisify(execFile)(process.execPath, args, { cwd: PROJECT_FOLDER })
  const archive = (await readdir(folder)).find((name) => name.endsWith('.tar.gz')) ?? ''
  const env = { DEPLOYMENT: join(folder, archive), DATA_DIR: join(folder, 'data'), API_KEY }
  service = await ServiceProcess.start({ env })
}, 30_000)
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function send(path: string, body?: unknown): Promise<Answered> {
  const isForm = body instanceof FormData
  const answer = await fetch(service.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${API_KEY}`,
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type') === 'application/json'
  return { status: answer.status, body: isJson ? JSON.parse(text) : text }
}

describe('the routes', () => {
  test('take arguments from the path', async () => {
    expect(await send('/prices/tea')).toEqual({ status: 200, body: { item: 'tea', cents: 350 } })
  })

  test('take arguments from a JSON body, check them with the package from npm, and have defaults', async () => {
    expect(await send('/quotes', { item: 'tea', quantity: 2 })).toEqual({
      status: 200,
      body: { order: { item: 'tea', quantity: 2 }, cents: 700 },
    })
    expect(await send('/quotes', { item: 'cake' })).toMatchObject({ body: { cents: 510 } })
    expect(await send('/quotes', { item: 'tea', quantity: 1.5 })).toMatchObject({
      status: 500,
      body: 'Internal Server Error',
    })
  })

  test('take bytes from a form', async () => {
    const form = new FormData()
    form.append('data', new Blob([new Uint8Array([1, 2, 250])]))
    expect(await send('/checksums', form)).toEqual({ status: 200, body: 253 })
  })

  test('say what is wrong with a request', async () => {
    expect(await send('/quotes', { quantity: 2 })).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'missing', loc: ['body', 'item'] }] },
    })
  })
})

describe('the queue', () => {
  test('calls the first function with plain arguments', async () => {
    expect((await send('/runsync', { input: { days: 7 } })).body).toMatchObject({
      status: 'COMPLETED',
      output: 'Report: 7 days, 3 items',
    })
  })

  test('calls a function by its name', async () => {
    const input = { function_name: 'report', kwargs: { days: 7 }, serialization_format: 'json' }
    expect((await send('/runsync', { input })).body).toMatchObject({
      output: { success: true, json_result: 'Report: 7 days, 3 items' },
    })
  })

  test('calls a method of the class', async () => {
    const input = {
      execution_type: 'class',
      class_name: 'Ledger',
      method_name: 'add',
      args: ['tea', 2],
      serialization_format: 'json',
    }
    expect((await send('/runsync', { input })).body).toMatchObject({ output: { success: true, json_result: 700 } })
  })
})
