// The signal of a call: whose it is, and what a cancelled call may do before it ends.
import { beforeAll, describe, expect, test } from 'vitest'
import { WARMTH } from '../../src/executor/warm-isolates.ts'
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

/**
 * In place of the moment that a call has, so that what is to happen in it happens on a machine with other things to do, too:
 * longer for code that ends by itself, which is how it is seen that nobody waits for the rest.
 */
const graceOf = (source: string) => ({ graceMs: source.includes('60_000') ? 1_000 : 20_000 })

const createPatient = (source: string, exported: string) =>
  createHost({ m: script(source, exported) }, {}, WARMTH, () => null, graceOf(source))

/** Far above the moment that a call has, far below everything else that could end it. */
const SOON_MS = 10_000
const LONG = { wallMs: 60_000 }
const NAP = `const nap = (ms) => new Promise((done) => setTimeout(done, ms));
  const aborted = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));`

/** Says 'ready' when it waits; what it prints on its way out is in its log. */
const WAITING = [
  [
    'that waits for its signal',
    `async function f() { const { signal } = workerIsolate; progress('ready'); try { await aborted(signal) } catch (error) { console.log(error.name, error instanceof DOMException, signal.aborted) } finally { console.log('finally') } }`,
    'AbortError true true\nfinally\n',
  ],
  [
    'whose listener computes',
    `async function f() { workerIsolate.signal.onabort = () => console.log('heard'); progress('ready'); await nap(60_000) }`,
    'heard\n',
  ],
  [
    'whose listener throws',
    `async function f() { workerIsolate.signal.addEventListener('abort', () => { throw new TypeError('broken') }); progress('ready'); await nap(60_000) }`,
    'Uncaught TypeError: broken',
  ],
  [
    'which cleans up with a timer',
    `async function f() { progress('ready'); try { await aborted(workerIsolate.signal) } catch { await nap(2); console.log('cleaned up') } }`,
    'cleaned up\n',
  ],
  [
    'which gives a stream that waits',
    `async function* f() { try { progress('ready'); yield 1; yield 2; yield 3; yield 4; yield 5 } finally { await nap(2); console.log('returned') } }`,
    'returned\n',
  ],
  [
    'which waits between two chunks',
    `async function* f() { const { signal } = workerIsolate; yield 1; progress('ready'); try { await aborted(signal) } finally { console.log('between') } }`,
    'between\n',
  ],
  [
    'which collects what an iterator gives',
    `async function* f() { const { signal } = workerIsolate; progress('ready'); try { await aborted(signal) } finally { console.log('collected') } }`,
    'collected\n',
  ],
] as const

describe('a call that is cancelled', () => {
  test.for(WAITING)('of code of a request %s hears of it first', async ([title, source, log]) => {
    const mayStream = title !== 'which collects what an iterator gives'
    const { run, settled, progress, chunks } = startRun(`${NAP}${source}`, {
      takes: false,
      mayStream,
      limits: LONG,
      ...graceOf(source),
    })
    await expect.poll(() => progress).toEqual(['ready'])
    if (source.includes('yield 5')) await expect.poll(() => chunks.length).toBe(4)
    const startedAt = performance.now()
    run.cancel()
    const ended = await settled
    expect(valueOf(ended)).toBe('CANCELLED')
    expect(ended.log).toContain(log)
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
  })

  test.for(WAITING)(
    'of a deployed function %s hears of it first, and the isolate stays',
    async ([title, source, log]) => {
      const mayStream = title !== 'which collects what an iterator gives'
      const { call, host, progressOf, chunksOf, made, events } = createPatient(
        `${NAP}${source}; const g = () => 1`,
        'f, g',
      )
      const running = call('f', [], { id: 'c', takes: false, message: { mayStream }, limits: LONG })
      await expect.poll(() => progressOf('c')).toEqual(['ready'])
      if (source.includes('yield 5')) await expect.poll(() => chunksOf('c').length).toBe(4)
      host.cancel('c')
      const ended = await running
      expect(valueOf(ended)).toBe('CANCELLED')
      expect(ended.log).toContain(log)
      expect(valueOf(await call('g'))).toBe(1)
      expect([made.isolates, events]).toEqual([1, []])
    },
  )

  test.for([
    ['settles with a value', 'await aborted(workerIsolate.signal).catch(() => {}); return 5'],
    ['throws', 'await aborted(workerIsolate.signal)'],
    ['goes on', 'workerIsolate.signal; await nap(60_000)'],
    ['loops in its listener', 'workerIsolate.signal.onabort = () => { for (;;); }; await nap(60_000)'],
    ['loops in what follows', 'await aborted(workerIsolate.signal).catch(() => { for (;;); })'],
    [
      'fills its heap',
      'workerIsolate.signal.onabort = () => { const all = []; for (;;) all.push(new Array(1e6).fill(0.5)) }; await nap(60_000)',
    ],
  ] as const)('and that then %s is cancelled all the same', async ([, body]) => {
    const source = `${NAP}async function f() { progress('ready'); ${body} }`
    const live = startRun(source, { limits: LONG })
    const deployed = createHost({ m: script(`${source}; const g = () => 1`, 'f, g') })
    const running = deployed.call('f', [], { id: 'c', limits: LONG })
    await expect.poll(() => [...live.progress, ...deployed.progressOf('c')]).toEqual(['ready', 'ready'])
    const startedAt = performance.now()
    live.run.cancel()
    deployed.host.cancel('c')
    expect([await live.settled, await running].map(valueOf)).toEqual(['CANCELLED', 'CANCELLED'])
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
    // Its isolate goes if it has to; a call that comes too early goes with it, and the next one runs.
    await expect.poll(async () => valueOf(await deployed.call('g')), { timeout: 5_000 }).toBe(1)
  })

  test('and never asked for its signal is stopped at once, and nothing of it runs on', async () => {
    const source = `${NAP}async function f() { progress('ready'); try { await nap(60_000) } finally { console.log('never') } }`
    const { run, settled, progress } = startRun(source)
    await expect.poll(() => progress).toEqual(['ready'])
    run.cancel()
    expect(await settled).toMatchObject({ failure: { code: 'CANCELLED' }, log: '' })
  })

  test('says nothing more: neither progress nor chunks', async () => {
    const source = `${NAP}async function* f() { workerIsolate.signal.onabort = () => progress('late'); progress('ready'); try { for (;;) { yield 0; await nap(1) } } finally { progress('later') } }`
    const { run, settled, progress, chunks } = startRun(source)
    await expect.poll(() => progress).toEqual(['ready'])
    run.cancel()
    const sent = chunks.length
    await settled
    expect([progress, chunks.length]).toEqual([['ready'], sent])
  })

  test('twice ends once', async () => {
    const { call, host, progressOf, settled } = createHost({
      m: script(`${NAP}async function f() { progress('ready'); await aborted(workerIsolate.signal) }`, 'f'),
    })
    const running = call('f', [], { id: 'c' })
    await expect.poll(() => progressOf('c')).toEqual(['ready'])
    host.cancel('c')
    host.cancel('c')
    expect(valueOf(await running)).toBe('CANCELLED')
    expect(settled.size).toBe(1)
  })
})

describe('the signal', () => {
  test('is that of the call in which it is read, also of calls that overlap', async () => {
    const source = `${NAP}let isOpen = false; const open = () => { isOpen = true }
      async function f(name) { const { signal } = workerIsolate; progress('ready'); while (!isOpen) await nap(2); return [name, signal.aborted, workerIsolate.signal === signal] }`
    const { call, host, progressOf } = createHost({ m: script(source, 'f, open') })
    const [a, b] = [call('f', ['a'], { id: 'a' }), call('f', ['b'], { id: 'b' })]
    await expect.poll(() => [...progressOf('a'), ...progressOf('b')]).toEqual(['ready', 'ready'])
    host.cancel('a')
    const ended = await a
    await call('open')
    expect([ended, await b].map(valueOf)).toEqual(['CANCELLED', ['b', false, true]])
  })

  test('of a call that has ended stays as it was, and does nothing in a later one', async () => {
    const source = `${NAP}let kept; const f = () => { kept = workerIsolate.signal; return kept.aborted }
      const g = async () => { kept.onabort = () => console.log('wrong'); progress('ready'); await aborted(workerIsolate.signal).catch(() => console.log(kept.aborted, workerIsolate.signal === kept)) }`
    const { call, host, progressOf } = createPatient(source, 'f, g')
    expect(valueOf(await call('f'))).toBe(false)
    const running = call('g', [], { id: 'g' })
    await expect.poll(() => progressOf('g')).toEqual(['ready'])
    host.cancel('g')
    expect((await running).log).toBe('false false\n')
  })

  test('is aborted already for code that goes on after its call', async () => {
    const source = `let seen = 'nothing'; const f = () => { void Promise.resolve().then(() => {}).then(() => {}).then(() => {}).then(() => {}).then(() => { seen = workerIsolate.signal.aborted }); return 1 }; const g = () => seen`
    const { call } = createHost({ m: script(source, 'f, g') })
    await call('f')
    expect(valueOf(await call('g'))).toBe(true)
  })

  test("that is read while a module is loaded is nobody's", async () => {
    const source = `${NAP}const { signal } = workerIsolate; const f = async () => { progress('ready'); await nap(60_000) }; const g = () => [signal.aborted, signal === workerIsolate.signal]`
    const { call, host, progressOf } = createHost({ m: script(source, 'f, g') })
    const running = call('f', [], { id: 'f' })
    await expect.poll(() => progressOf('f')).toEqual(['ready'])
    host.cancel('f')
    await running
    expect(valueOf(await call('g'))).toEqual([false, false])
  })

  test('that the top level of a request reads is that of its call', async () => {
    const { run, settled, progress } = startRun(
      `${NAP}workerIsolate.signal.onabort = () => console.log('heard'); async function f() { progress('ready'); await nap(60_000) }`,
      { graceMs: 1_000 },
    )
    await expect.poll(() => progress).toEqual(['ready'])
    run.cancel()
    expect((await settled).log).toBe('heard\n')
  })
})
