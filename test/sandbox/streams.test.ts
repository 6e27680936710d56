// Functions of deployed modules that return iterators: what is a stream, who asks for its chunks, and how it ends.
import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { STREAM_WINDOW_CHUNKS } from '../../src/ipc/messages.ts'
import { prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { CreateHost } from './module-host-harness.ts'

let createHost: CreateHost
beforeAll(async () => {
  createHost = await prepareHosts()
})

const NAP = 'const nap = (ms) => new Promise((done) => setTimeout(done, ms))'

/** A module whose one function `f` is this text, beside `log`, where it may leave words, and `read`, which reads them. */
const moduleOf = (f: string): string =>
  script(
    `${NAP}; const log = []; const f = ${f}; const read = () => log; const wait = async (ms) => { await nap(ms); return ms }`,
    'f, read, wait',
  )

async function streamOf(f: string, limits: object = {}) {
  const made = createHost({ m: moduleOf(f) })
  const settled = await made.call('f', [], { id: 'streaming', limits })
  return { ...made, settled, given: made.chunksOf('streaming') }
}

describe('what is a stream', () => {
  test.for([
    ['an asynchronous generator', 'async function* () { yield 1; await nap(1); yield { two: 2 } }', [1, { two: 2 }]],
    ['a generator', 'function* () { yield 1; yield [2] }', [1, [2]]],
    ['a promise of a generator', 'async () => { await nap(1); return (function* () { yield "late" })() }', ['late']],
    [
      'a generator of promises',
      'function* () { yield nap(1).then(() => "waited for"); yield undefined }',
      ['waited for', null],
    ],
    [
      'an object with Symbol.asyncIterator',
      '() => ({ [Symbol.asyncIterator]: () => { let n = 0; return { next: () => ({ done: n > 1, value: n++ }) } } })',
      [0, 1],
    ],
    ['an iterator helper', '() => [1, 2].values().map((n) => n * 2)', [2, 4]],
    ['what a map gives', '() => new Map([["a", 1]]).entries()', [['a', 1]]],
    [
      'an iterator of a class of its own',
      '() => { class Own { n = 0; next() { return { done: this.n > 0, value: this.n++ } } [Symbol.iterator]() { return this } } return new Own() }',
      [0],
    ],
    ['an iterator without anything', 'function* () {}', []],
  ] as const)('%s', async ([, f, expected]) => {
    const { settled, given } = await streamOf(f)
    expect(given).toEqual(expected)
    expect(settled).toMatchObject({ value: '', failure: null, chunks: expected.length })
  })

  test.for([
    ['an array', '() => [1, 2]', [1, 2]],
    ['a text', '() => "text"', 'text'],
    ['an object with a next that is no function', '() => ({ next: { value: 1 } })', { next: { value: 1 } }],
    [
      'an object that Symbol.iterator alone makes iterable',
      '() => ({ a: 1, [Symbol.iterator]: () => [].values() })',
      { a: 1 },
    ],
  ] as const)('%s is none', async ([, f, expected]) => {
    const { settled, given } = await streamOf(f)
    expect(given).toEqual([])
    expect(valueOf(settled)).toEqual(expected)
    expect(settled).not.toHaveProperty('chunks')
  })

  test('a value that a generator returns at its end is not part of it', async () => {
    expect((await streamOf('function* () { yield 1; return 2 }')).given).toEqual([1])
  })
})

describe('the next chunk', () => {
  test('is asked for only as long as there is room for one', async () => {
    const { call, host, chunksOf } = createHost({
      m: moduleOf('function* () { for (let n = 0; n < 20; n++) { log.push(n); yield n } }'),
    })
    const streaming = call('f', [], { id: 's', takes: false })
    const produced = async (): Promise<unknown> => (valueOf(await call('read')) as unknown[]).length
    await expect.poll(() => chunksOf('s').length).toBe(STREAM_WINDOW_CHUNKS)
    expect(await produced()).toBe(STREAM_WINDOW_CHUNKS)
    host.pull('s', 2)
    await expect.poll(() => chunksOf('s').length).toBe(STREAM_WINDOW_CHUNKS + 2)
    expect(await produced()).toBe(STREAM_WINDOW_CHUNKS + 2)
    host.pull('s', 100)
    expect(await streaming).toMatchObject({ chunks: 20, failure: null })
    expect(chunksOf('s')).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  test('does not keep other calls of the process waiting', async () => {
    const { call, host, chunks } = createHost({ m: moduleOf('function* () { for (;;) yield 0 }') })
    void call('f', [], { id: 's' })
    await expect.poll(() => chunks.length).toBeGreaterThan(5)
    const before = chunks.length
    expect(valueOf(await call('wait', [20]))).toBe(20)
    expect(chunks.length).toBeGreaterThan(before + 5)
    host.cancel('s')
  })

  test('of streams side by side comes in turn', async () => {
    const { call, chunks } = createHost({ m: moduleOf('function* () { for (let n = 0; n < 50; n++) yield n }') })
    await Promise.all([call('f', [], { id: 'a' }), call('f', [], { id: 'b' })])
    const firstHalf = chunks.slice(0, 50).filter(([id]) => id === 'b').length
    expect(firstHalf).toBeGreaterThan(10)
  })

  test('prints into its call, and its timers are those of its call', async () => {
    const { settled } = await streamOf(
      'async function* () { console.log("first"); yield 1; await nap(2); console.log("second"); yield 2 }',
    )
    expect(settled.log).toBe('first\nsecond\n')
  })
})

describe('a stream that fails', () => {
  test.for([
    ['because the generator throws', 'function* () { yield 1; throw new Error("broken") }', 'GUEST_THREW', [1]],
    [
      'because the asynchronous generator rejects',
      'async function* () { yield 1; await nap(1); throw new Error("broken") }',
      'GUEST_THREW',
      [1],
    ],
    [
      'because a promise that it gives is rejected',
      'function* () { yield 1; yield Promise.reject(new Error("broken")) }',
      'GUEST_THREW',
      [1],
    ],
    [
      'because a timer of it throws',
      'async function* () { yield 1; setTimeout(() => { throw new Error("broken") }, 2); await nap(5000) }',
      'GUEST_THREW',
      [1],
    ],
    [
      'because next is a getter that throws',
      '() => ({ get next() { throw new Error("broken") }, [Symbol.iterator]() {} })',
      'GUEST_THREW',
      [],
    ],
    ['because next gives no object', '() => ({ next: () => 5, [Symbol.iterator]() {} })', 'GUEST_THREW', []],
    ['because there is no next', '() => ({ [Symbol.asyncIterator]: () => ({}) })', 'GUEST_THREW', []],
    [
      'because done is a getter that throws',
      '() => ({ next: () => ({ get done() { throw new Error("broken") } }), [Symbol.iterator]() {} })',
      'GUEST_THREW',
      [],
    ],
    [
      'because next gives a thenable that throws',
      '() => ({ [Symbol.asyncIterator]: () => ({ next: () => ({ then() { throw new Error("broken") } }) }) })',
      'GUEST_THREW',
      [],
    ],
    ['because a chunk cannot be encoded', 'function* () { yield 1; yield () => {} }', 'RESULT_NOT_ENCODABLE', [1]],
    [
      'because toJSON of a chunk throws',
      'function* () { yield 1; yield { toJSON() { throw new Error("broken") } } }',
      'RESULT_NOT_ENCODABLE',
      [1],
    ],
    [
      'because its chunks are too large together',
      'function* () { for (;;) yield "x".repeat(3_998) }',
      'LIMIT_OUTPUT',
      ['x'.repeat(3_998), 'x'.repeat(3_998)],
    ],
  ] as const)('%s gives what came before', async ([, f, code, expected]) => {
    const { settled, given, call } = await streamOf(f)
    expect(valueOf(settled)).toBe(code)
    expect(given).toEqual(expected)
    expect(valueOf(await call('wait', [1]))).toBe(1)
  })

  test('says how large all chunks are together, and what the limit is', async () => {
    const { settled } = await streamOf('function* () { for (;;) yield "x".repeat(3_998) }')
    expect(settled.failure).toMatchObject({ code: 'LIMIT_OUTPUT', limit: 10_000 })
    expect(settled.failure?.used).toBeGreaterThan(10_000)
  })

  test('says how large one chunk is, when that is larger than any may be', async () => {
    const { settled } = await streamOf('function* () { yield "x".repeat(3_000_000) }', { outputBytes: 10_000_000 })
    expect(settled.failure).toMatchObject({ code: 'LIMIT_OUTPUT', limit: 1_048_576 })
    expect(settled.failure?.message).toContain('A chunk of the stream is')
  })

  test('by its own doing runs its finally, but not when the generator threw itself', async () => {
    const { call } = await streamOf('function* () { try { yield () => {} } finally { log.push("returned") } }')
    expect(valueOf(await call('read'))).toEqual(['returned'])
  })
})

describe('the limits of a stream', () => {
  test('of wall time hold over all of it', async () => {
    const { settled, given } = await streamOf(
      'async function* () { for (let n = 0; ; n++) { yield n; await nap(20) } }',
      { wallMs: 150 },
    )
    expect(valueOf(settled)).toBe('LIMIT_WALL')
    expect(given.length).toBeGreaterThan(1)
    expect(given.length).toBeLessThan(9)
  })

  test('of wall time hold while nobody takes its chunks', async () => {
    const { call } = createHost({ m: moduleOf('function* () { for (;;) yield 0 }') })
    expect(valueOf(await call('f', [], { takes: false, limits: { wallMs: 100 } }))).toBe('LIMIT_WALL')
  })

  test('of processor time hold for the sum of chunks that are each cheap', async () => {
    const { settled, given } = await streamOf(
      'function* () { for (;;) { const end = Date.now() + 5; while (Date.now() < end); yield 0 } }',
      { cpuMs: 100 },
    )
    expect(valueOf(settled)).toBe('LIMIT_CPU')
    expect(given.length).toBeGreaterThan(3)
    expect(settled.cpuMs).toBeLessThan(400)
  })
})

describe('a stream that is cancelled', () => {
  test.for([
    ['a generator', 'function* () { try { for (;;) yield 0 } finally { log.push("returned") } }'],
    ['an asynchronous generator', 'async function* () { try { for (;;) yield 0 } finally { log.push("returned") } }'],
    [
      'an iterator with return',
      '() => ({ next: () => ({ value: 0 }), return: () => void log.push("returned"), [Symbol.iterator]() { return this } })',
    ],
  ] as const)('%s is told to return, once, and gives nothing more', async ([, f]) => {
    const { call, host, chunks, made } = createHost({ m: moduleOf(f) })
    const streaming = call('f', [], { id: 's' })
    await expect.poll(() => chunks.length).toBeGreaterThan(5)
    host.cancel('s')
    expect(valueOf(await streaming)).toBe('CANCELLED')
    const sent = chunks.length
    expect(valueOf(await call('wait', [20]))).toBe(20)
    expect(valueOf(await call('read'))).toEqual(['returned'])
    expect(chunks.length).toBe(sent)
    expect(made.isolates).toBe(1)
  })

  test('while the next chunk is on its way does not go on', async () => {
    const { call, host, chunks } = createHost({
      m: moduleOf('async function* () { yield 1; await nap(250); log.push("went on"); yield 2 }'),
    })
    const streaming = call('f', [], { id: 's' })
    await expect.poll(() => chunks.length).toBe(1)
    host.cancel('s')
    expect(valueOf(await streaming)).toBe('CANCELLED')
    await call('wait', [300])
    expect(valueOf(await call('read'))).toEqual([])
  })

  test('whose return never ends loses its isolate, and the process stays', async () => {
    const { call, host, chunks, events, made } = createHost({
      m: moduleOf('function* () { try { for (;;) yield 0 } finally { for (;;); } }'),
    })
    const streaming = call('f', [], { id: 's', takes: false })
    await expect.poll(() => chunks.length).toBe(STREAM_WINDOW_CHUNKS)
    host.cancel('s')
    expect(valueOf(await streaming)).toBe('CANCELLED')
    const startedAt = performance.now()
    expect(['EXECUTOR_LOST', 1]).toContain(valueOf(await call('wait', [1])))
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(valueOf(await call('read'))).toEqual([])
    expect(made.isolates).toBe(2)
    expect(events).toContain('m retired: limit')
    expect(events).not.toContain('zombie')
  })

  test('whose return plans more cannot delay the timers of other calls', async () => {
    const { call, host, chunks } = createHost({
      m: moduleOf(
        'async function* () { try { for (;;) yield 0 } finally { setTimeout(() => {}, 1); await 0; await nap(400); log.push("went on") } }',
      ),
    })
    const streaming = call('f', [], { id: 's', takes: false })
    await expect.poll(() => chunks.length).toBe(STREAM_WINDOW_CHUNKS)
    host.cancel('s')
    await streaming
    expect(valueOf(await call('wait', [450], { limits: { wallMs: 2_000 } }))).toBe(450)
    expect(valueOf(await call('read'))).toEqual([])
  })

  test("whose return rejects is nobody else's failure", async () => {
    const { call, host, chunks } = createHost({
      m: moduleOf('async function* () { try { for (;;) yield 0 } finally { throw new Error("late") } }'),
    })
    const streaming = call('f', [], { id: 's', takes: false })
    await expect.poll(() => chunks.length).toBe(STREAM_WINDOW_CHUNKS)
    host.cancel('s')
    await streaming
    const after = await call('wait', [5])
    expect([valueOf(after), after.log]).toEqual([5, ''])
  })

  test('whose wall time is over at the same time ends once', async () => {
    const { call, host, settled } = createHost({
      m: moduleOf('async function* () { for (;;) { yield 0; await nap(5) } }'),
    })
    const streaming = call('f', [], { id: 's', limits: { wallMs: 60 } })
    await delay(60)
    host.cancel('s')
    expect(['LIMIT_WALL', 'CANCELLED']).toContain(valueOf(await streaming))
    expect(settled.size).toBe(1)
  })
})
