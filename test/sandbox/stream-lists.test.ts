// What an iterator gives as one list: in place of a stream, or beside it.
import { beforeAll, describe, expect, test } from 'vitest'
import { limitsFor, prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { CreateHost } from './module-host-harness.ts'
import { prepareRuns } from './task-run-harness.ts'
import type { StartRun } from './task-run-harness.ts'

let createHost: CreateHost
let startRun: StartRun
beforeAll(async () => {
  createHost = await prepareHosts()
  startRun = await prepareRuns()
})

interface Asked {
  readonly mayStream: boolean
  readonly isStreamAggregated?: boolean
  readonly format?: 'json' | 'cloudpickle'
  readonly limits?: object
}

/** The same for code of a request and for a deployed function. */
async function both(source: string, { limits = {}, ...message }: Asked) {
  const live = startRun(source, { ...message, limits })
  const deployed = createHost({ m: script(source, 'f') })
  const settled = [await live.settled, await deployed.call('f', [], { id: 's', message, limits })] as const
  return { settled, chunks: [live.chunks, deployed.chunksOf('s')] as const }
}

const NAP = 'const nap = (ms) => new Promise((done) => setTimeout(done, ms));'

describe('where nothing streams, the result of an iterator is the list of what it gives', () => {
  test.for([
    ['a generator', 'function* f() { yield 1; yield { two: 2 } }', [1, { two: 2 }]],
    ['an asynchronous generator', `${NAP}async function* f() { yield 1; await nap(2); yield undefined }`, [1, null]],
    ['a generator of promises', 'function* f() { yield Promise.resolve("waited for") }', ['waited for']],
    ['an iterator without anything', 'const f = () => [].values()', []],
    ['a map', 'const f = () => new Map([["a", 1]]).entries()', [['a', 1]]],
  ] as const)('%s', async ([, source, expected]) => {
    const { settled, chunks } = await both(source, { mayStream: false })
    expect(settled.map(valueOf)).toEqual([expected, expected])
    expect(chunks).toEqual([[], []])
    for (const one of settled) expect(one).not.toHaveProperty('chunks')
  })

  test.for([
    ['throws', 'function* f() { yield 1; throw new Error("broken") }', 'GUEST_THREW'],
    ['gives what cannot be encoded', 'function* f() { yield () => {} }', 'RESULT_NOT_ENCODABLE'],
    ['never stops giving', 'function* f() { for (;;) yield 0 }', 'LIMIT_OUTPUT'],
    ['never stops giving much', 'function* f() { for (;;) yield "x".repeat(1_000) }', 'LIMIT_OUTPUT'],
    ['never gives anything', 'async function* f() { await new Promise(() => {}) }', 'LIMIT_WALL'],
    ['never ends', 'function* f() { yield 1; for (;;); }', 'LIMIT_CPU'],
  ] as const)('one that %s ends within its limits', async ([, source, code]) => {
    const { settled } = await both(source, { mayStream: false, limits: limitsFor(code) })
    expect(settled.map(valueOf)).toEqual([code, code])
  })

  test('one that gave too much is told to return', async () => {
    const source = 'let said = 0; function* f() { try { for (;;) yield 0 } finally { said++ } }; const g = () => said'
    const { call } = createHost({ m: script(source, 'f, g') })
    const message = { mayStream: false }
    expect(valueOf(await call('f', [], { message }))).toBe('LIMIT_OUTPUT')
    expect(valueOf(await call('g', [], { message }))).toBe(1)
  })

  test('one that is cancelled is told to return, and asked for nothing more', async () => {
    const source = `${NAP}let said = []; async function* f() { try { for (let n = 0; ; n++) { said.push(n); yield n; await nap(5) } } finally { said.push('returned') } }; const g = () => said`
    const { call, host } = createHost({ m: script(source, 'f, g') })
    const message = { mayStream: false }
    const running = call('f', [], { id: 'c', message })
    await expect.poll(async () => (valueOf(await call('g', [], { message })) as unknown[]).length).toBeGreaterThan(2)
    host.cancel('c')
    expect(valueOf(await running)).toBe('CANCELLED')
    const said = valueOf(await call('g', [], { message })) as unknown[]
    expect(valueOf(await call('g', [], { message }))).toEqual(said)
  })
})

describe('a stream that is to be the result, too', () => {
  const GENERATOR = 'const all = []; function* f() { all.push(1); yield all; all.push("two"); yield all }'

  test('has the chunks as they were sent', async () => {
    const { settled, chunks } = await both(GENERATOR, { mayStream: true, isStreamAggregated: true })
    const expected = [[1], [1, 'two']]
    expect(chunks).toEqual([expected, expected])
    expect(settled.map(valueOf)).toEqual([expected, expected])
    for (const one of settled) expect(one).toMatchObject({ chunks: 2 })
  })

  test('is an empty list when there were none', async () => {
    const { settled } = await both('function* f() {}', { mayStream: true, isStreamAggregated: true })
    expect(settled.map(valueOf)).toEqual([[], []])
  })

  test('is a pickle of one list in that format', async () => {
    const message = { mayStream: true, isStreamAggregated: true, format: 'cloudpickle' } as const
    const { settled, chunks } = startRun('function* f() { yield 1; yield "two" }', message)
    const list = startRun('const f = () => [1, "two"]', message)
    expect((await settled).value).toBe((await list.settled).value)
    expect(chunks).toHaveLength(2)
  })

  test.for(['json', 'cloudpickle'] as const)('has its own size in %s, and the limit says so', async (format) => {
    const { settled } = startRun('function* f() { for (let n = 0; n < 12; n++) yield "12345678901234" }', {
      isStreamAggregated: true,
      format,
      limits: { outputBytes: 200 },
    })
    const { failure } = await settled
    expect(failure).toMatchObject({ code: 'LIMIT_OUTPUT', limit: 200 })
    expect(failure?.used).toBeGreaterThan(200)
  })

  test('is a value like any other when the function returns no iterator', async () => {
    const { settled } = await both('const f = () => 5', { mayStream: true, isStreamAggregated: true })
    expect(settled.map(valueOf)).toEqual([5, 5])
  })
})
