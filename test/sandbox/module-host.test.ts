// The modules of a deployment in isolates of this process: loading, overlapping calls, limits, timers, cancellation.
import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { CreateHost } from './module-host-harness.ts'

const FREE_MS = 1_000

let createHost: CreateHost
beforeAll(async () => {
  createHost = await prepareHosts()
})

const NAP = 'const nap = (ms) => new Promise((done) => setTimeout(done, ms))'
const BASIC = script(
  `${NAP}; let n = 0
   const count = () => ++n
   const wait = async (ms) => { await nap(ms); return ms }
   const waitUntil = async (at) => { await nap(at - Date.now()); return 'awake' }
   const raceUntil = async (at, ms) => { await Promise.race([nap(at - Date.now()), nap(ms)]); return 'first' }
   const hang = () => new Promise(() => {})
   const burn = () => { for (;;); }
   const computeFor = (ms) => { const end = Date.now() + ms; while (Date.now() < end); }
   const answerAndBurn = () => { (async () => { for (let i = 0; i < 50; i++) await 0; for (;;); })(); return 'answered' }
   const tickFor = () => { setInterval(() => n++, 15); return new Promise(() => {}) }`,
  'count, wait, waitUntil, raceUntil, hang, burn, computeFor, answerAndBurn, tickFor',
)

describe('loading', () => {
  test('happens once for calls that come together', async () => {
    const { call, made } = createHost({ m: BASIC })
    const answers = await Promise.all(Array.from({ length: 5 }, () => call('count')))
    expect(answers.map(valueOf)).toEqual([1, 2, 3, 4, 5])
    expect(made.isolates).toBe(1)
  })

  test('of an ES module with top-level await holds its calls back until it is over', async () => {
    const { call } = createHost({ m: `${NAP}; await nap(20); let n = 0; export const count = () => ++n` })
    expect((await Promise.all([call('count'), call('count')])).map(valueOf)).toEqual([1, 2])
  })

  test('that fails ends every call that waits, and is tried again by the next', async () => {
    const { call, events, made } = createHost({ m: script('throw new Error("no")', '') })
    const answers = await Promise.all([call('count'), call('count')])
    for (const { failure } of answers) expect(failure).toMatchObject({ code: 'GUEST_THREW', message: 'no' })
    expect(events).toEqual(['m retired: load failed'])
    expect(valueOf(await call('count'))).toBe('GUEST_THREW')
    expect(made.isolates).toBe(2)
  })

  test('gives a code cache once, and none when there was one already', async () => {
    const first = createHost({ m: BASIC })
    await first.call('count')
    const cache = first.caches.get('m') ?? ''
    expect(cache).toMatch(/^0:[A-Za-z0-9+/=]{100,}$/)
    const second = createHost({ m: BASIC }, { m: cache })
    expect(valueOf(await second.call('count'))).toBe(1)
    expect(second.caches.size).toBe(0)
  })

  test('gives a code cache of its own where the one that there is fits another snapshot', async () => {
    const first = createHost({ m: BASIC })
    await first.call('count')
    const cache = first.caches.get('m') ?? ''
    const createLarger = await prepareHosts(1)
    const second = createLarger({ m: BASIC }, { m: cache })
    expect(valueOf(await second.call('count'))).toBe(1)
    const other = second.caches.get('m') ?? ''
    expect(other).toMatch(/^1:[A-Za-z0-9+/=]{100,}$/)
    const third = createLarger({ m: BASIC }, { m: other })
    expect(valueOf(await third.call('count'))).toBe(1)
    expect(third.caches.size).toBe(0)
  })

  test.each(['0:', '1:', '', ':', '9:', 'x:'])(
    'goes on from the source when the cache is not V8 work (%s)',
    async (tier) => {
      const { call } = createHost({ m: BASIC }, { m: `${tier}${Buffer.from('no cache at all').toString('base64')}` })
      expect(valueOf(await call('count'))).toBe(1)
    },
  )

  test('tells which tier has what the code has used, when its isolate is retired', async () => {
    const used: [code: string, tier: number][] = []
    const onUsed = (code: string, tier: number): void => void used.push([code, tier])
    const code = script('const encode = () => new TextEncoder().encode("a")[0]', 'encode')
    const { call } = createHost({ m: code }, {}, { idleMs: 20, isolatesMax: 1 }, undefined, { onUsed })
    expect(valueOf(await call('encode'))).toBe(97)
    await expect.poll(() => used).toEqual([[code, 1]])
  })

  test('a call that waits for it may be cancelled without harm to the others', async () => {
    const { call, host } = createHost({ m: `${NAP}; await nap(150); let n = 0; export const count = () => ++n` })
    const first = call('count')
    const gone = call('count', [], { id: 'gone' })
    await delay(30)
    host.cancel('gone')
    expect(valueOf(await gone)).toBe('CANCELLED')
    expect(valueOf(await first)).toBe(1)
  })

  test('a call that waits for it may run out of wall time without harm to the others', async () => {
    const { call } = createHost({ m: `${NAP}; await nap(150); let n = 0; export const count = () => ++n` })
    const [first, late] = await Promise.all([call('count'), call('count', [], { limits: { wallMs: 40 } })])
    expect(valueOf(late)).toBe('LIMIT_WALL')
    expect(valueOf(first)).toBe(1)
  })

  test('prints into the call that caused it, and nothing of it into the next', async () => {
    const { call } = createHost({ m: script('console.log("loading"); const f = () => console.log("called")', 'f') })
    expect((await call('f')).log).toBe('loading\ncalled\n')
    expect((await call('f')).log).toBe('called\n')
  })

  test('of a module that was never sent is a defect, not a wait', async () => {
    const { call } = createHost({})
    expect(valueOf(await call('count'))).toBe('INTERNAL')
  })
})

describe('timers', () => {
  test('that are due at one time as those of a call that has ended are run', async () => {
    const { call } = createHost({ m: BASIC })
    await call('count')
    const at = Date.now() + 120
    const limits = { wallMs: 1_000 }
    const first = call('raceUntil', [at, 20], { limits })
    const others = [call('waitUntil', [at], { limits }), call('waitUntil', [at], { limits })]
    expect(valueOf(await first)).toBe('first')
    expect((await Promise.all(others)).map(valueOf)).toEqual(['awake', 'awake'])
  })

  test('that are due at one time as those of a call that was cancelled are run', async () => {
    const { call, host } = createHost({ m: BASIC })
    await call('count')
    const at = Date.now() + 120
    const limits = { wallMs: 1_000 }
    const gone = call('waitUntil', [at], { limits, id: 'gone' })
    const other = call('waitUntil', [at], { limits })
    await delay(20)
    host.cancel('gone')
    expect(valueOf(await gone)).toBe('CANCELLED')
    expect(valueOf(await other)).toBe('awake')
  })

  test('that a call sets behind its answer do not keep those of others waiting', async () => {
    const code = script(
      `${NAP}; const wait = async (ms) => { await nap(ms); return ms }
       const setLater = () => { (async () => { for (let i = 0; i < 50; i++) await 0; setTimeout(() => {}, 5) })(); return 'answered' }`,
      'wait, setLater',
    )
    const { call } = createHost({ m: code })
    expect(valueOf(await call('setLater'))).toBe('answered')
    expect(valueOf(await call('wait', [30], { limits: { wallMs: 1_000 } }))).toBe(30)
  })

  test('end with a call that is cancelled', async () => {
    const { call, host } = createHost({ m: BASIC })
    const before = Number(valueOf(await call('count')))
    const ticking = call('tickFor', [], { id: 'ticking' })
    await call('wait', [40])
    host.cancel('ticking')
    expect(valueOf(await ticking)).toBe('CANCELLED')
    const between = Number(valueOf(await call('count')))
    expect(between).toBeGreaterThan(before + 1)
    await call('wait', [40])
    expect(valueOf(await call('count'))).toBe(between + 1)
  })
})

describe('a call that must be stopped', () => {
  test.for([
    ['computes for too long', 'burn', { cpuMs: 60 }, 'LIMIT_CPU'],
    ['computes until its wall time is over', 'burn', { wallMs: 100 }, 'LIMIT_WALL'],
  ] as const)('because it %s leaves the process free for the next', async ([, name, limits, code]) => {
    const { call, events, made } = createHost({ m: BASIC })
    await call('count')
    const stopped = await call(name, [], { limits })
    expect(valueOf(stopped)).toBe(code)
    if (!stopped.isFree) await expect.poll(() => events, { timeout: FREE_MS }).toContain('free')
    expect(events).not.toContain('zombie')
    expect(events).toContain('m retired: limit')
    expect(valueOf(await call('count'))).toBe(1)
    expect(made.isolates).toBe(2)
  })

  test('because it is cancelled while it computes leaves the process free for the next', async () => {
    const { call, host, events } = createHost({ m: BASIC })
    await call('count')
    const stopped = call('burn', [], { id: 'burning' })
    await delay(40)
    host.cancel('burning')
    const ending = await stopped
    expect(valueOf(ending)).toBe('CANCELLED')
    if (!ending.isFree) await expect.poll(() => events, { timeout: FREE_MS }).toContain('free')
    expect(valueOf(await call('count'))).toBe(1)
  })

  test('because it is cancelled while it computes has longer where others of its isolate have begun', async () => {
    const { call, host } = createHost({ m: BASIC })
    const computeBeside = async (others: readonly ReturnType<typeof call>[]) => {
      await call('count')
      const gone = call('computeFor', [150], { id: 'gone' })
      await delay(20)
      host.cancel('gone')
      expect(valueOf(await gone)).toBe('CANCELLED')
      return Promise.all(others)
    }
    const kept = await computeBeside([call('wait', [100])])
    expect(kept.map(valueOf)).toEqual([100])
    expect(valueOf(await call('count'))).toBe(2)
    await computeBeside([])
    expect(valueOf(await call('count'))).toBe(1)
  })

  test('because it goes on after its answer keeps its answer', async () => {
    const { call, events } = createHost({ m: BASIC })
    const ending = await call('answerAndBurn')
    expect(valueOf(ending)).toBe('answered')
    if (!ending.isFree) await expect.poll(() => events, { timeout: FREE_MS }).toContain('free')
    expect(valueOf(await call('count'))).toBe(1)
  })

  test('while it waits costs nobody anything', async () => {
    const { call, host, made } = createHost({ m: BASIC })
    const first = call('wait', [60])
    const gone = call('hang', [], { id: 'gone' })
    await delay(10)
    host.cancel('gone')
    expect(valueOf(await gone)).toBe('CANCELLED')
    expect(valueOf(await first)).toBe(60)
    expect(valueOf(await call('count'))).toBe(1)
    expect(made.isolates).toBe(1)
  })

  test('takes the calls of its isolate along, and none of another module', async () => {
    const { call } = createHost({ m: BASIC, n: BASIC })
    const beside = call('wait', [400])
    const elsewhere = call('wait', [400], { hash: 'n' })
    const guilty = call('burn', [], { limits: { cpuMs: 60 } })
    expect((await Promise.all([guilty, beside, elsewhere])).map(valueOf)).toEqual(['LIMIT_CPU', 'EXECUTOR_LOST', 400])
  })
})

describe('the processor time', () => {
  test('of a call is what it used itself, not what it waited for', async () => {
    const code = script(
      `${NAP}; const wait = async (ms) => { await nap(ms); return 1 }
       const work = (rounds) => { let x = 1; for (let i = 0; i < rounds; i += 1) x = (x * 48271) % 2147483647; return x }`,
      'wait, work',
    )
    const { call } = createHost({ m: code })
    await call('work', [1])
    const [waiting, working] = await Promise.all([call('wait', [20]), call('work', [20_000_000])])
    expect(working.cpuMs).toBeGreaterThan(40)
    expect(waiting.cpuMs).toBeLessThan(working.cpuMs / 2)
  })

  test('of a call adds up over entries that are each short, and its limit holds for the sum', async () => {
    const code = script(
      `const peck = (ms) => new Promise(() => setInterval(() => { const end = Date.now() + ms; while (Date.now() < end); }, 25))`,
      'peck',
    )
    const { call } = createHost({ m: code })
    const ending = await call('peck', [10], { limits: { cpuMs: 150, wallMs: 1_500 } })
    expect(valueOf(ending)).toBe('LIMIT_CPU')
    expect(ending.cpuMs).toBeLessThan(400)
  })
})
