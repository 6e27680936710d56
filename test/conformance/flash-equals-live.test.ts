// One function, two ways to it: what comes with the request and what is deployed give the same bytes for the same value.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DeployedService, artifactOf } from '../support/deployed-service.ts'

interface Vector {
  readonly name: string
  readonly b64: string
  /** Absent for values that JSON does not have. */
  readonly json?: unknown
}

const VECTORS = (
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'fixtures', 'pickle-vectors.json'), 'utf8')) as {
    readonly vectors: readonly Vector[]
  }
).vectors

/** Each inspects its argument in another way, so that a value that only looks the same is told apart. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  same: 'function same(x) { return x }',
  kinds: `function kinds(x) {
    const seen = new Set()
    const kind = (v, depth) => {
      if (v === null || typeof v !== 'object') return typeof v === 'number' ? 'number ' + (Object.is(v, -0) ? '-0' : v) : typeof v + ' ' + String(v).length
      if (seen.has(v)) return 'seen'
      seen.add(v)
      const name = Object.prototype.toString.call(v) + ' ' + (v.constructor ? v.constructor.name : 'none')
      if (depth > 3 || ArrayBuffer.isView(v)) return name + ' ' + (v.length ?? '')
      const parts = v instanceof Map ? [...v].flat() : v instanceof Set ? [...v] : Object.values(v)
      return [name, parts.slice(0, 5).map((one) => kind(one, depth + 1)), parts.length]
    }
    return kind(x, 0)
  }`,
  wrapped: 'async function wrapped(x) { console.log(typeof x); await 0; return { a: [x, x], b: x } }',
  keyed: 'function keyed(a, x = 1) { return [x, a === undefined] }',
}
const DOORS = ['/execute', '/runsync'] as const
const FORMATS = ['cloudpickle', 'json'] as const

let deployed: DeployedService
beforeAll(async () => {
  const module = Object.values(FUNCTIONS)
    .map((source) => `export ${source}`)
    .join('\n')
  const entries = Object.keys(FUNCTIONS).map((name) => ({ name, module: 'all' }))
  deployed = await DeployedService.start(artifactOf({ all: module }, entries))
})
afterAll(() => deployed[Symbol.asyncDispose]())

interface Told {
  readonly code: string | null
  /** The answer without what differs from job to job. */
  readonly body: string
}

async function ask(door: (typeof DOORS)[number], request: object): Promise<Told> {
  const body = JSON.stringify(door === '/execute' ? request : { input: request })
  const { status, headers, text } = await deployed.service.client.send('POST', door, body)
  expect(status, text).toBe(200)
  const code = headers['x-error-code']
  const told = typeof code === 'string' ? code : null
  return { code: told, body: text.replaceAll(/"(?:id|delayTime|executionTime)":(?:"[^"]*"|\d+),?/gu, '') }
}

let returned = 0

test.for(VECTORS)('$name is answered with the same bytes, live or deployed', async (vector) => {
  for (const format of FORMATS) {
    const value = format === 'json' ? vector.json : vector.b64
    if (value === undefined) continue
    for (const [name, source] of Object.entries(FUNCTIONS)) {
      const values = name === 'keyed' ? { args: [], kwargs: { x: value } } : { args: [value], kwargs: {} }
      const request = { function_name: name, serialization_format: format, ...values }
      for (const door of DOORS) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, so that a difference has one cause
        const [live, flash] = await Promise.all([ask(door, { ...request, function_code: source }), ask(door, request)])
        const which = `${name} of ${vector.name} as ${format} over ${door}`
        expect(flash.code, which).toBe(live.code)
        // How a failure is worded is upstream's, and differs (protocol.md §5.3).
        if (live.code === null) expect(flash.body, which).toBe(live.body)
        if (live.code === null) returned += 1
      }
    }
  }
})

test('negative zeros and numbers beyond a double are these to the function, whatever the request is', async () => {
  const send = async (path: string, body: string): Promise<string> => {
    const { status, text } = await deployed.service.client.send('POST', path, body)
    expect(status, text).toBe(200)
    return text
  }
  const numbers = '[1e999,-1e999,-0,1.5]'
  const code = JSON.stringify(FUNCTIONS['kinds'])
  const expected = '["[object Array] Array",["number Infinity","number -Infinity","number -0","number 1.5"],4]'
  for (const values of [`"args":[${numbers}]`, `"kwargs":{"x":${numbers}}`]) {
    const request = `"function_name":"kinds","serialization_format":"json",${values}`
    for (const body of [`{${request}}`, `{${request},"function_code":${code}}`]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that a difference has one cause
      expect(await send('/execute', body)).toContain(expected)
      // oxlint-disable-next-line no-await-in-loop -- see above
      expect(await send('/runsync', `{"input":${body}}`)).toContain(expected)
    }
  }
  // Plain arguments go to the first function, which gives back what no result can be: it is refused, and not changed.
  const refused = await send('/runsync', '{"input":{"x":[1e999]}}')
  expect(refused).toContain('"status":"FAILED"')
  expect(refused).toContain('result[0]')
})

test('most of these values are ones that a function can return', () => {
  expect(returned).toBeGreaterThan(VECTORS.length * Object.keys(FUNCTIONS).length * DOORS.length)
})
