// /execute with a stream, over real sockets and executors: code of a request and deployed functions.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DeployedService } from '../support/deployed-service.ts'
import { waitFor } from '../support/service-process.ts'
import { StreamedAnswer } from '../support/stream-client.ts'

const SOURCE = `const nap = (ms) => new Promise((done) => setTimeout(done, ms))
  export async function* ticks() { console.log('begins'); for (let n = 0; n < 3; n++) { yield n; await nap(2) } }
  export class Counter { constructor(from) { this.from = from } *count() { yield this.from; yield this.from + 1 } }`

let deployed: DeployedService
beforeAll(async () => {
  deployed = await DeployedService.start({
    files: { 'jobs.js': SOURCE },
    resources: {
      jobs: {
        functions: [
          { name: 'ticks', module: 'jobs', return_aggregate_stream: true },
          { name: 'Counter', module: 'jobs', is_class: true, class_methods: ['count'] },
        ],
      },
    },
  })
})
afterAll(() => deployed[Symbol.asyncDispose]())

async function open(fields: object, accept = 'application/x-ndjson'): Promise<StreamedAnswer> {
  const body = JSON.stringify({ serialization_format: 'json', ...fields })
  return StreamedAnswer.open(`${deployed.service.url}/execute`, { accept }, body)
}

async function linesOf(fields: object): Promise<readonly unknown[]> {
  using answer = await open(fields)
  const text = await answer.readAll()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

const live = (source: string, more: object = {}): object => ({ function_name: 'f', function_code: source, ...more })

describe('code of a request', () => {
  test('is heard chunk by chunk, while it goes on', async () => {
    using answer = await open(live('async function* f() { yield 1; await new Promise(() => {}) }'), 'text/event-stream')
    expect(await answer.readUntil((text) => text.length > 0)).toBe('data: 1\n\n')
  })

  test('ends its stream with what it printed', async () => {
    const lines = await linesOf(live('function* f() { console.log("one"); yield 1; console.log("two") }'))
    expect(lines).toEqual([
      1,
      { end: expect.objectContaining({ success: true, json_result: null, stdout: 'one\ntwo\n' }) },
    ])
  })

  test('gives pickles to whoever asks for them', async () => {
    const lines = await linesOf(live('function* f() { yield 5 }', { serialization_format: 'cloudpickle' }))
    expect(lines[0]).toBe('gAVLBS4=')
  })

  test('that breaks a limit behind a chunk has its code where no chunk can forge it', async () => {
    using answer = await open(live('function* f() { yield { end: {} }; for (;;); }', { limits: { cpuMs: 100 } }))
    expect((await answer.readAll()).split('\n')[1]).toContain('"code":"LIMIT_CPU"')
    expect(answer.codeTrailer).toBe('LIMIT_CPU')
  })

  test('is held back by a client that does not read, and let go with it', async () => {
    using answer = await open(
      live('function* f() { for (;;) yield "x".repeat(100_000) }', { limits: { wallMs: 20_000 } }),
    )
    await answer.readUntil((text) => text.length > 0)
    answer[Symbol.dispose]()
    const isIdle = async (): Promise<boolean> => {
      const health = JSON.parse((await deployed.service.client.get('/health')).text) as { workers: { running: number } }
      return health.workers.running === 0
    }
    await expect(waitFor(isIdle, 5_000, 'the code runs on')).resolves.toBeUndefined()
  })

  test('is a list for everybody else', async () => {
    using answer = await open(live('function* f() { yield 1; yield 2 }'), '*/*')
    expect(JSON.parse(await answer.readAll())).toMatchObject({ success: true, json_result: [1, 2] })
  })
})

describe('a deployed function', () => {
  test('streams, and has the list that its manifest asks for', async () => {
    const lines = await linesOf({ function_name: 'ticks' })
    expect(lines).toEqual([0, 1, 2, { end: expect.objectContaining({ json_result: [0, 1, 2], stdout: 'begins\n' }) }])
  })

  test('streams by a method of a class, too', async () => {
    const call = { execution_type: 'class', class_name: 'Counter', method_name: 'count', constructor_args: [7] }
    expect((await linesOf(call)).slice(0, -1)).toEqual([7, 8])
  })

  test('is a list in the plain queue shape', async () => {
    const { text } = await deployed.service.client.send('POST', '/runsync', '{"input":{"__empty":1}}')
    expect(JSON.parse(text)).toMatchObject({ status: 'COMPLETED', output: [0, 1, 2] })
  })
})
