// Channels in the state of a deployed module: whose a message is when calls overlap, and what becomes of it when its call ends.
import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { CreateHost } from './module-host-harness.ts'

let createHost: CreateHost
beforeAll(async () => {
  createHost = await prepareHosts()
})

const LIMITS = { wallMs: 2_000 }

/** A queue of work over a channel, as libraries that draw pages have it: one message for each piece. */
const QUEUE = script(
  `const nap = (ms) => new Promise((done) => setTimeout(done, ms))
   const { port1, port2 } = new MessageChannel()
   const pieces = []
   const done = []
   port1.onmessage = () => pieces.shift()()
   const plan = (piece) => { pieces.push(piece); port2.postMessage(null) }
   const work = (name) => new Promise((resolve) => plan(() => { console.log(name); done.push(name); resolve(name) }))
   const leave = (name) => { work(name); return 'left' }
   const leaveMany = (count) => { for (let each = 0; each < count; each++) work('many'); return 'left' }
   const wait = async (ms) => { await nap(ms); return ms }
   let turns = 0
   const loop = new MessageChannel()
   loop.port1.onmessage = () => { turns++; loop.port2.postMessage(0) }
   const startLoop = () => { loop.port2.postMessage(0); return 'left' }
   const count = () => turns
   const told = () => done
   const early = new MessageChannel()
   early.port2.postMessage('of the loading')
   const late = () => new Promise((resolve) => { early.port1.onmessage = ({ data }) => resolve(data) })`,
  'work, leave, leaveMany, wait, startLoop, count, told, late',
)

describe('messages of a call', () => {
  test('are received in it, and printed there', async () => {
    const { call } = createHost({ m: QUEUE })
    const answers = await Promise.all([call('work', ['a']), call('work', ['b']), call('work', ['c'])])
    expect(answers.map(valueOf)).toEqual(['a', 'b', 'c'])
    expect(answers.map(({ log }) => log)).toEqual(['a\n', 'b\n', 'c\n'])
  })

  test('are received by a call beside it when it has ended, as its timers are', async () => {
    const { call } = createHost({ m: QUEUE })
    await call('told')
    const beside = call('wait', [30], { limits: LIMITS })
    expect(valueOf(await call('leave', ['left behind']))).toBe('left')
    expect((await beside).log).toBe('left behind\n')
  })

  test('keep no call from ending, and nothing is received between calls', async () => {
    const { call } = createHost({ m: QUEUE })
    expect(valueOf(await call('leave', ['a']))).toBe('left')
    await delay(30)
    expect(valueOf(await call('told'))).toEqual([])
  })

  test('wait in their port for a later call that uses it, and come first then, so that no queue gets out of step', async () => {
    const { call } = createHost({ m: QUEUE })
    await call('leave', ['a'])
    await call('leave', ['b'])
    const { log, value } = await call('work', ['c'], { limits: LIMITS })
    expect([value, log]).toEqual(['"c"', 'a\nb\nc\n'])
    expect(valueOf(await call('told'))).toEqual(['a', 'b', 'c'])
  })

  test('that post others end with it, and with the calls beside it', async () => {
    const { call } = createHost({ m: QUEUE })
    await call('told')
    const beside = call('wait', [40], { limits: LIMITS })
    await call('startLoop')
    await beside
    const turns = Number(valueOf(await call('count')))
    expect(turns).toBeGreaterThan(1)
    await call('wait', [30], { limits: LIMITS })
    expect(valueOf(await call('count'))).toBe(turns)
  })

  test('that are left by the thousand are paid for by the call that uses the port, within its limits', async () => {
    const { call } = createHost({ m: QUEUE })
    await call('leaveMany', [20_000], { limits: { cpuMs: 10_000, wallMs: 20_000 } })
    expect(valueOf(await call('work', ['a'], { limits: { cpuMs: 50, wallMs: 20_000 } }))).toBe('LIMIT_CPU')
    expect(valueOf(await call('work', ['a'], { limits: LIMITS }))).toBe('a')
  })
})

test('messages of the loading of a module wait in their port until a call wants them', async () => {
  const { call } = createHost({ m: QUEUE })
  expect(valueOf(await call('late', [], { limits: LIMITS }))).toBe('of the loading')
})

test('a module that waits for a message while it is loaded gets it', async () => {
  const code = `const { port1, port2 } = new MessageChannel()
    port2.postMessage(7)
    const got = await new Promise((done) => { port1.onmessage = ({ data }) => done(data) })
    export const answer = () => got`
  const { call } = createHost({ m: code })
  expect(valueOf(await call('answer'))).toBe(7)
})
