// Entries of calls into guests: one at a time, in order, each charged to its call, and stopped when that has used its time.
import { afterEach, describe, expect, test } from 'vitest'
import { EntryTurns } from '../../src/executor/entry-turns.ts'
import { ModuleCall } from '../../src/executor/module-call.ts'
import type { CallMessage } from '../../src/ipc/messages.ts'

const LIMITS = { wallMs: 60_000, cpuMs: 60_000, memoryMb: 64, inputBytes: 100, outputBytes: 100, logBytes: 100 }
const calls: ModuleCall[] = []
/** Their clocks would keep the process alive. */
afterEach(() => {
  for (const call of calls.splice(0)) call.fail({ code: 'CANCELLED', message: '' })
})

let last = 0
function callOf(limits: Partial<CallMessage['limits']> = {}): ModuleCall {
  const message: CallMessage = {
    type: 'call',
    taskId: `t${++last}`,
    hash: 'm',
    name: 'f',
    method: undefined,
    needsAll: false,
    mayStream: false,
    format: 'json',
    limits: { ...LIMITS, ...limits },
  }
  const ignore = (): void => undefined
  const call = new ModuleCall({
    id: last,
    message,
    input: '',
    onExchange: ignore,
    onWallLimit: ignore,
    onOverrun: ignore,
    onEnd: ignore,
  })
  calls.push(call)
  return call
}

function burn(ms: number): void {
  const end = process.cpuUsage().user + ms * 1_000
  while (process.cpuUsage().user < end);
}

const silent = (): void => undefined

describe('turns', () => {
  test('begin at once when nothing runs, and else in the order in which they were taken', async () => {
    const turns = new EntryTurns(silent)
    const order: string[] = []
    const gates = ['a', 'b', 'c'].map((name) => ({ name, gate: Promise.withResolvers<null>() }))
    const done = gates.map(
      ({ name, gate: { promise } }) =>
        new Promise<void>((resolve) => {
          turns.take({
            call: null,
            begin: () => {
              order.push(`${name} begins`)
              return promise
            },
            onDone: () => {
              order.push(`${name} ends`)
              resolve()
            },
          })
        }),
    )
    expect(order).toEqual(['a begins'])
    gates[2]?.gate.resolve(null)
    gates[1]?.gate.resolve(null)
    gates[0]?.gate.resolve(null)
    await Promise.all(done)
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
    expect(turns.running).toBeNull()
  })

  test('that have no reason any more are over without having begun', () => {
    const turns = new EntryTurns(silent)
    const told: unknown[] = []
    for (let index = 0; index < 2_000; index++) {
      turns.take({ call: null, begin: () => null, onDone: (error) => told.push(error) })
    }
    expect(told).toEqual(Array(2_000).fill(null))
    expect(turns.running).toBeNull()
  })

  test('thousands that have no reason any more behind one that runs do not end the stack', async () => {
    const turns = new EntryTurns(silent)
    const gate = Promise.withResolvers<null>()
    let told = 0
    turns.take({ call: null, begin: () => gate.promise, onDone: silent })
    for (let index = 0; index < 20_000; index++) turns.take({ call: null, begin: () => null, onDone: () => told++ })
    gate.resolve(null)
    await expect.poll(() => told).toBe(20_000)
  })

  test.for([
    ['rejects', () => Promise.reject(new Error('gone'))],
    [
      'throws, as an isolate that is gone does',
      () => {
        throw new Error('gone')
      },
    ],
  ] as const)('go on after one that %s', async ([, begin]) => {
    const turns = new EntryTurns(silent)
    const failed = new Promise((resolve) => turns.take({ call: null, begin, onDone: resolve }))
    expect(await failed).toMatchObject({ message: 'gone' })
    const next = new Promise((resolve) => turns.take({ call: null, begin: async () => 5, onDone: resolve }))
    expect(await next).toBeNull()
  })
})

describe('processor time', () => {
  test('is charged to the call whose entry it is', async () => {
    const turns = new EntryTurns(silent)
    const [busy, idle] = [callOf(), callOf()]
    const work = (call: ModuleCall, ms: number): Promise<unknown> =>
      new Promise((resolve) =>
        turns.take({
          call,
          begin: () => {
            burn(ms)
            return Promise.resolve()
          },
          onDone: resolve,
        }),
      )
    await Promise.all([work(busy, 40), work(idle, 0), work(busy, 40)])
    expect(busy.usedCpuMs).toBeGreaterThanOrEqual(80)
    expect(idle.usedCpuMs).toBeLessThan(30)
  })

  test('above the limit is told while the entry goes on, with what was used', async () => {
    const told: [ModuleCall, number][] = []
    const turns = new EntryTurns((call, usedMs) => told.push([call, usedMs]))
    const call = callOf({ cpuMs: 30 })
    const gate = Promise.withResolvers<null>()
    turns.take({
      call,
      begin: () => {
        burn(40)
        return gate.promise
      },
      onDone: silent,
    })
    expect(turns.runningCall).toBe(call)
    await expect.poll(() => told.length).toBeGreaterThan(0)
    expect(told[0]?.[0]).toBe(call)
    expect(told[0]?.[1]).toBeGreaterThanOrEqual(30)
    gate.resolve(null)
  })

  test('above the limit is told also when no entry alone was long enough to be looked at', async () => {
    const told: ModuleCall[] = []
    const turns = new EntryTurns((call) => told.push(call))
    const call = callOf({ cpuMs: 30 })
    for (let entry = 0; entry < 12; entry++) {
      // oxlint-disable-next-line no-await-in-loop -- one entry after the other, with a gap
      await new Promise((resolve) => {
        turns.take({
          call,
          begin: () => {
            burn(5)
            return Promise.resolve()
          },
          onDone: resolve,
        })
      })
    }
    expect(call.usedCpuMs).toBeGreaterThan(30)
    expect(told).toContain(call)
  })
})
