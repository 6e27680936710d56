// Calls of a module that overlap and wait for one promise: they go on in each other's entries.
import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { CreateHost } from './module-host-harness.ts'

let createHost: CreateHost
beforeAll(async () => {
  createHost = await prepareHosts()
})

const LIMITS = { wallMs: 2_000 }
const NAP = 'const nap = (ms) => new Promise((done) => setTimeout(done, ms))'
const SHARED = script(
  `${NAP}; let made; let ticks = 0
   const ready = () => made ??= nap(60).then(() => 'ready')
   const first = () => ready()
   const napAfter = async (ms) => { const said = await ready(); await nap(ms); return said }
   const firstFor = async (ms) => { await ready(); await nap(ms); return 'first' }
   const askAfter = async (name) => {
     await ready()
     try { return (await workerIsolateRemote(name)).said } catch (error) { await nap(5); return error.message }
   }
   const wait = async (ms) => { await nap(ms); return ms }
   const leaveTicking = () => { (async () => { for (;;) { await nap(5); ticks++ } })(); return 'left' }
   const leaveThrowing = () => { setTimeout(() => { throw new Error('of another') }, 20); return 'left' }
   const count = () => ticks`,
  'first, firstFor, askAfter, napAfter, wait, leaveTicking, leaveThrowing, count',
)

describe('calls that wait for what one of them has begun', () => {
  test('may sleep after it, though the one that began it has returned', async () => {
    const { call } = createHost({ m: SHARED })
    const calls = [
      call('first'),
      call('napAfter', [30], { limits: LIMITS }),
      call('napAfter', [60], { limits: LIMITS }),
    ]
    expect((await Promise.all(calls)).map(valueOf)).toEqual(['ready', 'ready', 'ready'])
  })

  test('have it all the same when the one that began it is cancelled', async () => {
    const { call, host } = createHost({ m: SHARED })
    await call('count')
    const gone = call('first', [], { id: 'gone' })
    const other = call('napAfter', [10], { limits: LIMITS })
    await delay(20)
    host.cancel('gone')
    expect(valueOf(await gone)).toBe('CANCELLED')
    expect(valueOf(await other)).toBe('ready')
  })

  test('have it all the same when the one that began it runs out of wall time', async () => {
    const { call } = createHost({ m: SHARED })
    await call('count')
    const [late, other] = await Promise.all([
      call('first', [], { limits: { wallMs: 30 } }),
      call('napAfter', [10], { limits: LIMITS }),
    ])
    expect([valueOf(late), valueOf(other)]).toEqual(['LIMIT_WALL', 'ready'])
  })
})

describe('calls that wait for one promise and ask other resources behind it', () => {
  const answers = (name: string): ['plain', string] | null => (name === 'never' ? null : ['plain', '{"said":"yes"}'])

  test('have the answer when the other one has returned', async () => {
    const { call } = createHost({ m: SHARED }, {}, undefined, answers)
    await call('count')
    const calls = [call('first'), call('askAfter', ['any'], { limits: LIMITS })]
    expect((await Promise.all(calls)).map(valueOf)).toEqual(['ready', 'yes'])
  })

  test('hear that there is none when the one ends in whose turn they asked', async () => {
    const { call } = createHost({ m: SHARED }, {}, undefined, answers)
    await call('count')
    const calls = [call('firstFor', [20]), call('askAfter', ['never'], { limits: LIMITS })]
    expect((await Promise.all(calls)).map(valueOf)).toEqual(['first', 'remote: the call that asks has ended'])
  })
})

describe('what a call has left behind', () => {
  test('ends with the calls that were in progress when it returned, however many come later', async () => {
    const { call } = createHost({ m: SHARED })
    const beside = call('wait', [100], { limits: LIMITS })
    expect(valueOf(await call('leaveTicking'))).toBe('left')
    const later = call('wait', [300], { limits: LIMITS })
    expect(valueOf(await beside)).toBe(100)
    const ticks = Number(valueOf(await call('count')))
    expect(ticks).toBeGreaterThan(1)
    await call('wait', [60], { limits: LIMITS })
    expect(valueOf(await call('count'))).toBe(ticks)
    expect(valueOf(await later)).toBe(300)
  })

  test('ends at once where nothing else is in progress', async () => {
    const { call } = createHost({ m: SHARED })
    await call('leaveTicking')
    await call('wait', [60], { limits: LIMITS })
    expect(valueOf(await call('count'))).toBe(0)
  })

  test('is no failure of another call when it throws, which is told where that call prints', async () => {
    const { call } = createHost({ m: SHARED })
    const beside = call('wait', [80], { limits: LIMITS })
    expect(valueOf(await call('leaveThrowing'))).toBe('left')
    const { value, log } = await beside
    expect(value).toBe('80')
    expect(log).toContain('of another')
  })
})
