// One call of a deployed module: its clocks, and its one end.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ModuleCall } from '../../src/executor/module-call.ts'
import type { CallMessage } from '../../src/ipc/messages.ts'

const MESSAGE: CallMessage = {
  type: 'call',
  taskId: 't',
  hash: 'm',
  name: 'f',
  method: undefined,
  needsAll: false,
  mayStream: false,
  format: 'json',
  limits: { wallMs: 1_000, cpuMs: 500, memoryMb: 64, inputBytes: 100, outputBytes: 100, logBytes: 100 },
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function createCall() {
  const told: unknown[] = []
  const call = new ModuleCall({
    id: 1,
    message: MESSAGE,
    input: '{}',
    onExchange: () => undefined,
    onWallLimit: () => told.push('wall'),
    onOverrun: () => told.push('overrun'),
    onEnd: (_call, ending) => told.push(ending),
  })
  return { call, told }
}

describe('the end of a call', () => {
  test('comes once, whatever else happens', () => {
    const { call, told } = createCall()
    call.end({ value: '1' })
    call.failWall()
    call.end({ value: '2' })
    call.answer({ value: '3' })
    call.entryIsOver()
    vi.advanceTimersByTime(5_000)
    expect(told).toEqual([{ value: '1' }])
    expect(call.isOver).toBe(true)
  })

  test('waits for the end of the entry in which the guest answered', () => {
    const { call, told } = createCall()
    call.answer({ value: '1' })
    expect(told).toEqual([])
    call.entryIsOver()
    expect(told).toEqual([{ value: '1' }])
  })

  test('is not that of an entry in which the guest said nothing', () => {
    const { call, told } = createCall()
    call.entryIsOver()
    expect(told).toEqual([])
    expect(call.isOver).toBe(false)
  })

  test('is the answer, although the guest broke a limit behind it', () => {
    const { call, told } = createCall()
    call.answer({ value: '1' })
    call.failCpu(900)
    expect(told).toEqual([{ value: '1' }])
  })

  test('is the first answer of several', () => {
    const { call, told } = createCall()
    call.answer({ value: '1' })
    call.answer({ value: '2' })
    call.entryIsOver()
    expect(told).toEqual([{ value: '1' }])
  })

  test.for([
    ['failWall', 'LIMIT_WALL', '1,000 ms'],
    ['failMemory', 'LIMIT_MEMORY', '64 MB'],
  ] as const)('of %s says the limit', ([how, code, text]) => {
    const { call, told } = createCall()
    call[how]()
    expect(told).toMatchObject([{ failure: { code, message: expect.stringContaining(text) as unknown } }])
  })

  test('of failCpu says what was used, which is then what the call has used', () => {
    const { call, told } = createCall()
    call.charge(100)
    call.failCpu(612.4)
    expect(told).toMatchObject([{ failure: { code: 'LIMIT_CPU', used: 612, limit: 500 } }])
    expect(call.usedCpuMs).toBe(612.4)
  })
})

describe('the clocks of a call', () => {
  test('tell its owner when its wall time is over, once', () => {
    const { told } = createCall()
    vi.advanceTimersByTime(999)
    expect(told).toEqual([])
    vi.advanceTimersByTime(1)
    expect(told).toEqual(['wall'])
    vi.advanceTimersByTime(10_000)
    expect(told).toEqual(['wall'])
  })

  test('tell its owner when it goes on long after its answer', () => {
    const { call, told } = createCall()
    call.answer({ value: '1' })
    vi.advanceTimersByTime(500)
    expect(told).toEqual(['overrun'])
  })

  test('never give an entry less than a millisecond, nor more than what remains', () => {
    const { call } = createCall()
    vi.advanceTimersByTime(400)
    expect(call.remainingMs).toBe(600)
    vi.advanceTimersByTime(4_000)
    expect(call.remainingMs).toBe(1)
    expect(call.wallMs).toBe(4_400)
  })

  test('book each phase from the end of the one before', () => {
    const { call } = createCall()
    vi.advanceTimersByTime(5)
    call.ledger.begin('isolateMs')
    vi.advanceTimersByTime(7)
    call.ledger.begin('evaluateMs')
    vi.advanceTimersByTime(11)
    call.end({ value: '1' })
    expect(call.ledger.phases).toEqual({ executorMs: 5, isolateMs: 7, evaluateMs: 11 })
  })
})
