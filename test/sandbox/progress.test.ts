// What code says of its own progress: whose it is, how much of it there may be, and when the host hears it.
import { beforeAll, describe, expect, test } from 'vitest'
import { STREAM_WINDOW_CHUNKS } from '../../src/ipc/messages.ts'
import { prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { CreateHost } from './module-host-harness.ts'
import { prepareRuns } from './task-run-harness.ts'
import type { StartRun } from './task-run-harness.ts'

let createHost: CreateHost
let startRun: StartRun
beforeAll(async () => {
  createHost = await prepareHosts()
  startRun = await prepareRuns()
})

const NAP = 'const nap = (ms) => new Promise((done) => setTimeout(done, ms));'
/** Each word when the one before has been taken. */
const SLOWLY = `${NAP}async function f() { for (const word of ['one', { two: 2 }, null]) { progress(word); await nap(20) } return 'end' }`

describe('progress', () => {
  test('of code of a request comes in its order, and the result behind it', async () => {
    const { settled, progress } = startRun(SLOWLY)
    expect(valueOf(await settled)).toBe('end')
    expect(progress).toEqual(['one', { two: 2 }, null])
  })

  test('of a deployed function too', async () => {
    const { call, progressOf } = createHost({ m: script(SLOWLY, 'f') })
    expect(valueOf(await call('f', [], { id: 'a' }))).toBe('end')
    expect(progressOf('a')).toEqual(['one', { two: 2 }, null])
  })

  test('is one at a time, and of what waits the latest', async () => {
    // What it gives tells how far it is: it is held back behind the fourth chunk.
    const source = `function* f() { for (let n = 0; n <= 1000; n++) progress(n); yield* [1, 2, 3, 4]; progress('last'); yield 5 }`
    const { run, settled, chunks, progress } = startRun(source, { takes: false })
    await expect.poll(() => chunks.length).toBe(STREAM_WINDOW_CHUNKS)
    expect(progress).toEqual([0])
    run.progressTaken()
    expect(progress).toEqual([0, 1000])
    run.progressTaken()
    run.pull(2)
    expect((await settled).failure).toBeNull()
    expect(progress).toEqual([0, 1000, 'last'])
    run.progressTaken()
    expect(progress).toEqual([0, 1000, 'last'])
  })

  test('is nothing where nobody wants to hear it, and fails all the same for what it cannot say', async () => {
    const source = `const f = () => { progress(1); workerIsolate.progress(2); try { progress(NaN) } catch (error) { return error.message } }`
    const { settled, progress } = startRun(source, { tellsProgress: false })
    expect([valueOf(await settled), progress]).toEqual(['progress: the value is NaN, which JSON cannot carry', []])
  })

  test('is a global like others: code may have its own', async () => {
    for (const own of ['function progress(a) { return a }', 'const progress = (a) => a', 'var progress = (a) => a']) {
      const { settled } = startRun(`${own}; const f = () => progress(5)`)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(valueOf(await settled)).toBe(5)
      const named = startRun(`${own}; const f = 1`, { name: 'progress' })
      // oxlint-disable-next-line no-await-in-loop -- as above
      expect(valueOf(await named.settled)).toBeNull()
    }
    expect(valueOf(await startRun('const f = 1', { name: 'progress' }).settled)).toBe('ENTRY_NOT_FOUND')
  })
})

describe('a value', () => {
  test.for([
    ['65 536 bytes of JSON is said', '"x".repeat(65_534)', null],
    [
      'more than that is a RangeError',
      '"x".repeat(65_535)',
      'RangeError: progress: the value has 65537 bytes of JSON or more; the limit is 65536 bytes',
    ],
    ['more bytes than characters is a RangeError', '"é".repeat(40_000)', 'RangeError: progress: the value has'],
    ['no JSON is a TypeError that names the place', '({ a: [1n] })', 'TypeError: progress: the value.a[0] is a bigint'],
    ['whose getter throws is a TypeError', '({ get a() { throw new Error("broken") } })', 'TypeError: progress:'],
  ] as const)('of %s', async ([, value, expected]) => {
    const source = `const f = () => { try { progress(${value}) } catch (error) { return String(error) } return null }`
    const { settled, progress } = startRun(source)
    const said = valueOf(await settled)
    if (expected === null) expect(said).toBeNull()
    else expect(said).toContain(expected)
    expect(progress).toHaveLength(expected === null ? 1 : 0)
  })

  test('is encoded when it is said', async () => {
    const { settled, progress } = startRun('const f = () => { const a = [1]; progress(a); a.push(2) }')
    await settled
    expect(progress).toEqual([[1]])
  })
})

describe('of calls that overlap', () => {
  const SHARED = `${NAP}let open; const gate = new Promise((done) => { open = done })
    async function first() { const { progress: own } = workerIsolate; await gate; own('first'); progress('whoever runs'); await nap(20) }
    async function second() { await nap(5); open(); await nap(20) }`

  test('the bound function speaks for the call in which it was read, the bare one for the call that runs', async () => {
    const { call, progressOf } = createHost({ m: script(SHARED, 'first, second') })
    await Promise.all([call('first', [], { id: '1' }), call('second', [], { id: '2' })])
    expect([progressOf('1'), progressOf('2')]).toEqual([['first'], ['whoever runs']])
  })

  test('nothing speaks for a call that has ended', async () => {
    const source = `let kept; const f = () => { kept = workerIsolate.progress; kept('f') }; const g = () => { kept('late'); progress('g') }`
    const { call, progressOf } = createHost({ m: script(source, 'f, g') })
    await call('f', [], { id: '1' })
    await call('g', [], { id: '2' })
    expect([progressOf('1'), progressOf('2')]).toEqual([['f'], ['g']])
  })

  test('nothing speaks while a module is loaded', async () => {
    const { call, progressOf } = createHost({
      m: script(`progress('loading'); workerIsolate.progress(1); const f = () => progress('f')`, 'f'),
    })
    await call('f', [], { id: '1' })
    expect(progressOf('1')).toEqual(['f'])
  })
})
