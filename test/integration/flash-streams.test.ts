// Streamed answers of load-balanced routes over real sockets: when chunks come, what holds them back, and how a stream ends.
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DeployedService } from '../support/deployed-service.ts'
import { waitFor } from '../support/service-process.ts'
import { StreamedAnswer } from '../support/stream-client.ts'

const DEADLINE_MS = 5_000
const OUTPUT_BYTES = 100_000_000

const SOURCE = `const nap = (ms) => new Promise((done) => setTimeout(done, ms))
  let produced = 0, returned = 0, open = () => {}
  const gate = () => new Promise((done) => { open = done })
  export async function* numbers(count = 3) { for (let n = 0; n < count; n++) yield { n } }
  export function* letters() { yield 'a'; yield 'b\\nc' }
  export const nothing = function* () {}
  export const plain = () => [1]
  export async function* gated() { yield 'first'; await gate(); yield 'second' }
  export const openGate = () => open()
  export function* flood() { try { for (;;) { produced++; yield 'x'.repeat(500000) } } finally { returned++ } }
  export async function* ticks() { try { for (;;) { produced++; yield produced; await nap(5) } } finally { returned++ } }
  export const state = () => ({ produced, returned })
  export function* failing() { yield 1; throw new Error('a secret of the function') }
  export function* failingFirst() { throw new Error('a secret of the function') }
  export async function* endless() { for (;;) { yield 0; await nap(10) } }
  export function* forging() { yield { error: { code: 'LIMIT_CPU' } }; yield 'event: error' }
  export const burning = function* () { yield 1; for (;;); }
  export const hungry = function* () { yield 1; const kept = []; for (;;) kept.push(new Array(100000).fill(1.5)) }`

/** A function with a POST route of its name. */
const route = (name: string, more: object = {}) => ({
  name,
  module: 'web',
  http_method: 'POST',
  http_path: `/${name}`,
  parameters: [],
  ...more,
})

let deployed: DeployedService
beforeAll(async () => {
  deployed = await DeployedService.start(
    {
      files: { 'web.js': SOURCE },
      resources: {
        web: {
          is_load_balanced: true,
          functions: [
            route('numbers', { parameters: [{ name: 'count', type: 'integer', required: false }] }),
            route('letters'),
            route('nothing'),
            route('plain'),
            route('gated', { max_concurrency: 4 }),
            route('openGate', { max_concurrency: 4 }),
            route('flood', { max_concurrency: 4 }),
            route('ticks', { max_concurrency: 4 }),
            route('state', { max_concurrency: 4 }),
            route('failing'),
            route('failingFirst'),
            route('endless', { limits: { wallMs: 200 } }),
            route('forging'),
            route('burning', { limits: { cpuMs: 100 } }),
            route('hungry'),
          ] as never,
        },
      },
    },
    { OUTPUT_BYTES: String(OUTPUT_BYTES), MODULE_EXECUTORS_MAX: '1', EXECUTORS_PER_DEPLOYMENT: '1' },
  )
})
afterAll(() => deployed[Symbol.asyncDispose]())

const open = (name: string, headers: Readonly<Record<string, string>> = {}, body?: string): Promise<StreamedAnswer> =>
  StreamedAnswer.open(`${deployed.service.url}/${name}`, headers, body)

async function callOnce(name: string): Promise<unknown> {
  const { text } = await deployed.service.client.send('POST', `/${name}`, '{}')
  return JSON.parse(text) as unknown
}

const state = async (): Promise<{ produced: number; returned: number }> =>
  (await callOnce('state')) as { produced: number; returned: number }

const EVENTS = { accept: 'text/event-stream' }

describe('a function that returns an iterator', () => {
  test('answers a line of JSON for each chunk', async () => {
    using answer = await open('numbers')
    expect(await answer.readAll()).toBe('{"n":0}\n{"n":1}\n{"n":2}\n')
    expect(answer.status).toBe(200)
    expect(answer.header('content-type')).toBe('application/x-ndjson')
    expect(answer.header('x-error-code')).toBeUndefined()
    expect(answer.codeTrailer).toBeNull()
  })

  test('answers events to a client that accepts them, each on one line', async () => {
    using answer = await open('letters', EVENTS)
    expect(await answer.readAll()).toBe('data: "a"\n\ndata: "b\\nc"\n\n')
    expect(answer.header('content-type')).toBe('text/event-stream')
    expect(answer.header('cache-control')).toBe('no-cache')
  })

  test('gets its arguments as any other', async () => {
    using answer = await open('numbers', {}, '{"count":1}')
    expect(await answer.readAll()).toBe('{"n":0}\n')
  })

  test('and gives nothing answers 200 with nothing', async () => {
    using answer = await open('nothing')
    expect(await answer.readAll()).toBe('')
    expect(answer.status).toBe(200)
    expect(answer.header('content-type')).toBe('application/x-ndjson')
  })

  test('gives thousands of chunks in their order', async () => {
    using answer = await open('numbers', {}, '{"count":3000}')
    const lines = (await answer.readAll()).trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual(
      Array.from({ length: 3_000 }, (_, n) => n),
    )
  })
})

test('a function that returns a value answers JSON whatever its client accepts', async () => {
  using answer = await open('plain', EVENTS)
  expect(await answer.readAll()).toBe('[1]')
  expect(answer.header('content-type')).toBe('application/json')
})

test('the first chunk arrives before the second exists, and other calls are served meanwhile', async () => {
  using answer = await open('gated')
  expect(await answer.readUntil((text) => text.endsWith('\n'))).toBe('"first"\n')
  expect(await callOnce('openGate')).toBeNull()
  expect(await answer.readAll()).toBe('"first"\n"second"\n')
})

test('a client that does not read holds the function back, and gets the rest when it reads', async () => {
  const before = await state()
  using answer = await open('flood')
  let seen = -1
  // What the connection takes is of the system; the function stops when that is full.
  await waitFor(
    async () => {
      const { produced } = await state()
      const isStill = produced === seen
      seen = produced
      await new Promise((resolve) => setTimeout(resolve, 100))
      return isStill
    },
    DEADLINE_MS,
    'the function was never held back',
  )
  const held = seen - before.produced
  expect(held).toBeGreaterThan(1)
  expect(held * 500_000).toBeLessThan(OUTPUT_BYTES / 2)
  await answer.readUntil((text) => text.length > (held + 10) * 500_000)
  expect((await state()).produced - before.produced).toBeGreaterThan(held + 9)
  answer[Symbol.dispose]()
  await waitFor(async () => (await state()).returned > before.returned, DEADLINE_MS, 'it was never ended')
})

describe('a client that goes away', () => {
  const leave = async (name: string): Promise<void> => {
    const answer = await open(name)
    await answer.readUntil((text) => text.length > 0)
    answer[Symbol.dispose]()
  }

  test('lets a function return that waits for room', async () => {
    const before = await state()
    await leave('flood')
    await waitFor(async () => (await state()).returned === before.returned + 1, DEADLINE_MS, 'it was never ended')
    const after = await state()
    expect(after.produced).toBeGreaterThan(before.produced)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await state()).toEqual(after)
  })

  test('ends a function that waits for a timer', async () => {
    const before = await state()
    await leave('ticks')
    let seen = -1
    const isStill = async (): Promise<boolean> => {
      const { produced } = await state()
      const wasSeen = produced === seen
      seen = produced
      await new Promise((resolve) => setTimeout(resolve, 50))
      return wasSeen
    }
    await waitFor(isStill, DEADLINE_MS, 'it was never ended')
    expect(seen).toBeGreaterThan(before.produced)
  })
})

describe('a stream that fails', () => {
  const error = (code: string, blame: string, message: unknown = expect.any(String)): unknown => ({
    error: {
      code,
      message,
      blame,
      retryable: false,
      limit: expect.anything() as unknown,
      used: expect.anything() as unknown,
    },
  })

  test('before its first chunk answers as any other function', async () => {
    using answer = await open('failingFirst')
    expect(await answer.readAll()).toBe('Internal Server Error')
    expect([answer.status, answer.header('x-error-code')]).toEqual([500, 'GUEST_THREW'])
  })

  test('behind a chunk ends with a line that says so, without what the function says', async () => {
    using answer = await open('failing')
    const lines = (await answer.readAll()).trimEnd().split('\n')
    const failure = { code: 'GUEST_THREW', message: 'Internal Server Error', blame: 'guest', retryable: false }
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      1,
      { error: { ...failure, limit: null, used: null } },
    ])
    expect([answer.status, answer.codeTrailer]).toEqual([200, 'GUEST_THREW'])
  })

  test('behind a chunk ends with an event of its own', async () => {
    using answer = await open('failing', EVENTS)
    expect(await answer.readAll()).toMatch(
      /^data: 1\n\nevent: error\ndata: \{"error":\{"code":"GUEST_THREW",[^\n]*\}\n\n$/,
    )
    expect(answer.codeTrailer).toBe('GUEST_THREW')
  })

  test.for([
    ['wall time', 'endless', 'LIMIT_WALL'],
    ['processor time', 'burning', 'LIMIT_CPU'],
  ] as const)('by its limit of %s says the limit', async ([, name, code]) => {
    using answer = await open(name)
    const lines = (await answer.readAll()).trimEnd().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual(error(code, 'limit'))
    expect(answer.codeTrailer).toBe(code)
  })

  test('by its memory says so', async () => {
    using answer = await open('hungry')
    const lines = (await answer.readAll()).trimEnd().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ error: { code: 'LIMIT_MEMORY' } })
  })

  test('because its process dies says that a retry can help', async () => {
    using answer = await open('gated')
    await answer.readUntil((text) => text.endsWith('\n'))
    const killed = deployed.service.executorPids()
    for (const pid of killed) process.kill(pid, 'SIGKILL')
    const lines = (await answer.readAll()).trimEnd().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ error: { code: 'EXECUTOR_LOST', retryable: true } })
    // A call that comes before the service has heard of the others' end may be given to one of them.
    const areBuried = (): boolean => !deployed.service.descendants().some((pid) => killed.includes(pid))
    await waitFor(areBuried, 10_000, 'the service did not hear of the end of its executors')
  })

  test("cannot be forged by a chunk: the code behind the body and the kind of event are the service's", async () => {
    using lines = await open('forging')
    await lines.readAll()
    expect(lines.codeTrailer).toBeNull()
    using events = await open('forging', EVENTS)
    expect(await events.readAll()).toBe('data: {"error":{"code":"LIMIT_CPU"}}\n\ndata: "event: error"\n\n')
  })
})

test('a client of HTTP/1.0 gets the chunks without trailers', async () => {
  const { port } = new URL(deployed.service.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.setEncoding('utf8')
  // Not its end: to the service, a client that has said all is gone.
  socket.write(
    'POST /failing HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  )
  let text = ''
  for await (const piece of socket) text += String(piece)
  expect(text).toContain('\r\n\r\n1\n{"error":{"code":"GUEST_THREW"')
  expect(text.toLowerCase()).not.toContain('trailer:')
})

test('what is held for clients is given back', async () => {
  const answers = await Promise.all(Array.from({ length: 3 }, () => open('flood')))
  await Promise.all(answers.map((answer) => answer.readUntil((text) => text.length > 1_000_000)))
  for (const answer of answers) answer[Symbol.dispose]()
  using last = await open('numbers')
  expect(await last.readAll()).toContain('{"n":2}')
})
