// Code that attacks with what it says of itself, and with what it does when it is cancelled, against real executors.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { RealPool } from '../support/real-pool.ts'
import type { AskedTask, StartedTask } from '../support/real-pool.ts'

let pool: RealPool
beforeAll(async () => {
  pool = await RealPool.start()
})
afterAll(() => pool[Symbol.asyncDispose]())

const NAP = 'const nap = (ms) => new Promise((done) => setTimeout(done, ms));'
/** What a cancelled call may take, by far, on a machine that has other things to do; without the moment it has, it is instant. */
const SOON_MS = 1_500

/** The same program as code of a request and as a deployed module. */
function start(mode: 'live' | 'flash', body: string, asked: Partial<AskedTask> = {}): StartedTask {
  const source = `${NAP} ${body}`
  const code =
    mode === 'live' ? source : `var workerIsolateModule = (() => { ${source}; return { f, g: () => 'sound' } })()`
  return pool.run({ code, mode, ...asked })
}

async function codeOf({ outcome }: StartedTask): Promise<ErrorCode | null> {
  const ended = await outcome
  return ended.ok ? null : ended.failure.code
}

async function isReady({ events }: StartedTask): Promise<void> {
  await expect.poll(() => events.some(({ value }) => value === '"ready"'), { timeout: 10_000 }).toBe(true)
}

/** Nothing of a task is left in what runs the next. */
async function expectSound(): Promise<void> {
  const next = await start('live', 'const f = () => [typeof kept, progress(1)]').outcome
  expect(next).toMatchObject({ ok: true, value: '["undefined",null]' })
}

describe.each(['live', 'flash'] as const)('progress of %s code', (mode) => {
  it.each([
    ['floods', 'function f() { for (;;) progress("x".repeat(1000)) }', 'LIMIT_CPU'],
    ['floods with much', 'function f() { for (;;) progress("x".repeat(65_000)) }', 'LIMIT_CPU'],
    ['floods in microtasks', 'async function f() { for (;;) { progress(1); await 0 } }', 'LIMIT_CPU'],
    ['loops in a getter', 'function f() { progress({ get a() { for (;;); } }) }', 'LIMIT_CPU'],
    ['loops in toJSON', 'function f() { progress({ toJSON() { for (;;); } }) }', 'LIMIT_CPU'],
    ['loops in a proxy', 'function f() { progress(new Proxy({}, { ownKeys() { for (;;); } })) }', 'LIMIT_CPU'],
    ['throws in a getter', 'function f() { progress({ get a() { throw new Error("own") } }) }', 'GUEST_THREW'],
    [
      'throws an endless proxy',
      'function f() { progress({ toJSON() { throw new Proxy({}, { get() { for (;;); } }) } }) }',
      'LIMIT_CPU',
    ],
    [
      'nests without end',
      'function f() { let a = []; for (let n = 0; n < 1e5; n++) a = [a]; progress(a) }',
      'GUEST_THREW',
    ],
    ['is huge', 'function f() { progress("x".repeat(2 ** 28)) }', 'GUEST_THREW'],
  ] as const)('that %s is contained', async (_title, body, expected) => {
    const deaths = pool.deaths
    const task = start(mode, body, { limits: { cpuMs: 300 } })
    const codes = [await codeOf(task)]
    // A text of that size may be more than the heap has, which is as good an end.
    expect(body.includes('2 ** 28') ? ['GUEST_THREW', 'LIMIT_MEMORY'] : [expected]).toContain(codes[0])
    const heard = task.events.length
    await expectSound()
    expect(task.events).toHaveLength(heard)
    expect(pool.deaths - deaths).toBeLessThanOrEqual(1)
  })

  it('whose door takes none keeps one on its way, and ends as it would', async () => {
    const task = start(mode, 'function f() { for (let n = 0; n < 5_000; n++) progress(n); return "end" }', {
      onEvent: () => new Promise(() => {}),
      limits: { cpuMs: 5_000 },
    })
    expect(await task.outcome).toMatchObject({ ok: true, value: '"end"' })
    expect(task.events).toEqual([{ type: 'progress', value: '0' }])
  })

  it('that ends the call in a getter says nothing behind the end', async () => {
    const body =
      'let late; async function f() { setTimeout(() => progress({ get a() { return 1 } }), 0); late = workerIsolate.progress; void nap(1).then(() => late(2)); return 1 }'
    const task = start(mode, body)
    expect(await task.outcome).toMatchObject({ ok: true, value: '1' })
    const heard = task.events.length
    await expectSound()
    expect(task.events).toHaveLength(heard)
  })

  it('to a door that does not listen is not sent', async () => {
    const task = start(mode, 'function f() { for (let n = 0; n < 100; n++) progress(n); return "end" }', {
      onEvent: null,
    })
    expect(await task.outcome).toMatchObject({ ok: true, value: '"end"' })
  })
})

describe.each(['live', 'flash'] as const)('%s code that is cancelled', (mode) => {
  it.each([
    [
      'and loops in a listener',
      'async function f() { workerIsolate.signal.onabort = () => { for (;;); }; progress("ready"); await nap(60_000) }',
    ],
    [
      'and loops in each of many listeners',
      'async function f() { for (let n = 0; n < 1e4; n++) workerIsolate.signal.addEventListener("abort", () => { for (;;); }); progress("ready"); await nap(60_000) }',
    ],
    [
      'and loops in microtasks of a listener',
      'async function f() { workerIsolate.signal.onabort = () => { const again = () => queueMicrotask(again); again() }; progress("ready"); await nap(60_000) }',
    ],
    [
      'and throws in its listeners',
      'async function f() { for (let n = 0; n < 1e4; n++) workerIsolate.signal.addEventListener("abort", () => { throw { get stack() { throw 1 } } }); progress("ready"); await nap(60_000) }',
    ],
    [
      'and stays in a built-in function',
      'async function f() { workerIsolate.signal.onabort = () => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1); progress("ready"); await nap(60_000) }',
    ],
    [
      'and fills its heap',
      'async function f() { workerIsolate.signal.onabort = () => { const all = []; for (;;) all.push(new Array(1e6).fill(0.5)) }; progress("ready"); await nap(60_000) }',
    ],
    [
      'and sets timers again and again',
      'async function f() { const again = () => setTimeout(again, 0); workerIsolate.signal.onabort = again; progress("ready"); await nap(60_000) }',
    ],
    [
      'and goes on saying progress',
      'async function f() { const own = workerIsolate.progress; const again = () => { own("late"); setTimeout(again, 0) }; workerIsolate.signal.onabort = again; progress("ready"); await nap(60_000) }',
    ],
    [
      'and has replaced what aborting uses',
      `async function f() {
      workerIsolate.signal
      const stolen = () => { throw new Error('stolen') }
      for (const [target, key] of [[Map.prototype, 'get'], [Map.prototype, 'entries'], [Reflect, 'apply'], [Reflect, 'construct'], [Error, 'captureStackTrace'], [EventTarget.prototype, 'dispatchEvent'], [Event.prototype, 'type']]) Object.defineProperty(target, key, { value: stolen, configurable: true })
      Object.setPrototypeOf(AbortSignal, null); Error.prepareStackTrace = stolen
      progress('ready'); await nap(60_000)
    }`,
    ],
    ['and is in a loop', 'async function f() { workerIsolate.signal; progress("ready"); await nap(5); for (;;); }'],
  ] as const)('%s has ended soon, and nothing of it goes on', async (_title, body) => {
    const task = start(mode, body, { limits: { cpuMs: 20_000 } })
    await isReady(task)
    const startedAt = performance.now()
    task.cancel()
    expect(await codeOf(task)).toBe('CANCELLED')
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
    expect(task.events).toEqual([{ type: 'progress', value: '"ready"' }])
    await expectSound()
    if (mode === 'live') return
    // The other calls of the module find an isolate that answers.
    const other = async (): Promise<unknown> => (await start(mode, body, { name: 'g' }).outcome).ok
    await expect.poll(other, { timeout: 10_000 }).toBe(true)
  })

  it('and kept the signal of an earlier call gets nothing for that', async () => {
    const body = `const kept = []; async function f() { const { signal } = workerIsolate; for (const one of kept) one.onabort = () => progress('wrong'); kept.push(signal); progress('ready'); await nap(kept.length === 1 ? 1 : 60_000); return signal.aborted }`
    const first = start(mode, body)
    expect(await first.outcome).toMatchObject({ ok: true, value: 'false' })
    const second = start(mode, body)
    await isReady(second)
    second.cancel()
    expect(await codeOf(second)).toBe(mode === 'live' ? null : 'CANCELLED')
    expect([first.events, second.events]).toEqual(
      Array.from({ length: 2 }, () => [{ type: 'progress', value: '"ready"' }]),
    )
  })
})

describe.each(['live', 'flash'] as const)('a stream of %s code', (mode) => {
  const STREAM = { mayStream: true } as const
  it.each([
    ['floods with empty chunks', 'function* f() { for (;;) yield "" }', 'LIMIT_CPU'],
    ['floods with empty promises', 'async function* f() { for (;;) yield Promise.resolve("") }', 'LIMIT_CPU'],
    ['gives 1 MiB and a byte', 'function* f() { yield "x".repeat(2 ** 20 - 1) }', 'LIMIT_OUTPUT'],
    ['gives more than all may have', 'function* f() { for (;;) yield "x".repeat(1e6) }', 'LIMIT_OUTPUT'],
    ['gives a thenable that throws', 'function* f() { yield { then() { throw new Error("own") } } }', 'GUEST_THREW'],
    ['gives a thenable that loops', 'function* f() { yield { then() { for (;;); } } }', 'LIMIT_CPU'],
    ['gives a thenable that never settles', 'function* f() { yield { then() {} } }', 'LIMIT_WALL'],
    [
      'gives thenables of thenables',
      'function* f() { const self = { then(done) { done(self) } }; yield self }',
      'LIMIT_CPU',
    ],
  ] as const)('that %s is contained', async (_title, body, expected) => {
    const limits = expected === 'LIMIT_WALL' ? { wallMs: 500 } : { cpuMs: 300 }
    expect(await codeOf(start(mode, body, { invocation: STREAM, limits }))).toBe(expected)
    await expectSound()
  })

  it('that never ends is too large a list before it is too long a stream', async () => {
    const asked = {
      invocation: { ...STREAM, isStreamAggregated: true },
      limits: { cpuMs: 20_000, outputBytes: 5_000 },
    }
    expect(await codeOf(start(mode, 'function* f() { for (;;) yield 1 }', asked))).toBe('LIMIT_OUTPUT')
  })

  it('whose return loops when it is cancelled has ended soon', async () => {
    const body = 'function* f() { try { progress("ready"); for (;;) yield 1 } finally { for (;;); } }'
    const task = start(mode, body, {
      invocation: STREAM,
      limits: { cpuMs: 20_000 },
      onEvent: ({ type }) => (type === 'chunk' ? new Promise(() => {}) : Promise.resolve()),
    })
    await isReady(task)
    await expect.poll(() => task.events.length).toBe(5)
    const startedAt = performance.now()
    task.cancel()
    expect(await codeOf(task)).toBe('CANCELLED')
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
    await expectSound()
  })
})

describe('events', () => {
  it.each([
    [
      'dispatched recursively end at the stack',
      'function f() { const target = new EventTarget(); let depth = 0; target.addEventListener("a", () => { depth++; target.dispatchEvent(new Event("a")) }); target.dispatchEvent(new Event("a")); return depth > 100 }',
      null,
    ],
    [
      'dispatched in ever more listeners are stopped',
      'function f() { const target = new EventTarget(); target.addEventListener("a", () => { target.addEventListener("a", () => target.dispatchEvent(new Event("a"))); target.dispatchEvent(new Event("a")) }); target.dispatchEvent(new Event("a")) }',
      'LIMIT_CPU',
    ],
    [
      'with listeners without end fill the heap',
      'function f() { const target = new EventTarget(); for (let n = 0; ; n++) target.addEventListener("a", { n }) }',
      'LIMIT_MEMORY',
    ],
    [
      'of signals that follow signals without end fill the heap',
      'function f() { const { signal } = new AbortController(); for (;;) AbortSignal.any([signal]) }',
      'LIMIT_MEMORY',
    ],
    [
      'of timeouts without end meet the bound of timers',
      'function f() { for (;;) AbortSignal.timeout(60_000) }',
      'GUEST_THREW',
    ],
    [
      'of an iterable without end fill the heap',
      'function f() { const { signal } = new AbortController(); AbortSignal.any({ *[Symbol.iterator]() { for (;;) yield signal } }) }',
      'LIMIT_MEMORY',
    ],
  ] as const)('%s', async (_title, body, expected) => {
    const task = start('live', body, { limits: { cpuMs: expected === 'LIMIT_MEMORY' ? 15_000 : 500 } })
    expect(await codeOf(task)).toBe(expected)
    await expectSound()
  })
})
