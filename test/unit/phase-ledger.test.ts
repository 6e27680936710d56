// Where the time of a task goes, and how the way between two processes is told from it.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { OP } from '../../sandbox/src/bridge.ts'
import { PhaseLedger } from '../../src/executor/phase-ledger.ts'
import { toOutcome } from '../../src/pool/to-outcome.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function spend(ledger: PhaseLedger, ms: number, next: () => void): void {
  vi.advanceTimersByTime(ms)
  next()
  expect(ledger).toBeDefined()
}

describe('the ledger of a task', () => {
  test('has a call in three parts when it is measured in detail', () => {
    const ledger = new PhaseLedger({ first: 'executorMs', isDetailed: true })
    spend(ledger, 1, () => ledger.beginCall())
    spend(ledger, 2, () => ledger.hear(OP.decoded))
    spend(ledger, 3, () => ledger.hear(OP.returned))
    spend(ledger, 4, () => ledger.close())
    expect(ledger.phases).toEqual({ executorMs: 1, decodeMs: 2, callMs: 3, encodeMs: 4 })
  })

  test('has it in one part when it is not', () => {
    const ledger = new PhaseLedger({ first: 'executorMs', isDetailed: false })
    spend(ledger, 1, () => ledger.beginCall())
    spend(ledger, 5, () => ledger.close())
    expect(ledger.phases).toEqual({ executorMs: 1, callMs: 5 })
  })

  test('believes that a source is evaluated when its call is on its way already', () => {
    const ledger = new PhaseLedger({ first: 'isolateMs', isDetailed: true })
    spend(ledger, 1, () => ledger.begin('evaluateMs'))
    spend(ledger, 2, () => ledger.hear(OP.decoded))
    spend(ledger, 3, () => ledger.beginCall())
    spend(ledger, 4, () => ledger.close())
    expect(ledger.phases).toEqual({ isolateMs: 1, evaluateMs: 2, callMs: 7 })
  })

  test('adds up what comes twice, and takes no other op', () => {
    const ledger = new PhaseLedger({ first: 'evaluateMs', isDetailed: false })
    expect(ledger.hear(OP.result)).toBe(false)
    spend(ledger, 1, () => ledger.compiled('hit'))
    spend(ledger, 2, () => ledger.close())
    expect(ledger.phases).toEqual({ evaluateMs: 3 })
    expect(ledger.facts(null)).toMatchObject({ codeCache: 'hit', isolate: 'warm' })
  })
})

describe('the way to an executor and back', () => {
  const task = {
    id: 't',
    tenant: 'default',
    limits: { wallMs: 1_000, cpuMs: 500, memoryMb: 64, inputBytes: 100, outputBytes: 100, logBytes: 100 },
    invocation: {
      kind: 'function',
      source: { mode: 'live', language: 'javascript', code: '' },
      name: 'f',
      input: { format: 'json', text: '' },
    },
  } as const
  const SENT = { task, queueMs: 1, startedAt: 100, sentAtMs: 5_000 }

  function phasesOf(takenUpAtMs: number, wallMs: number, now: number): unknown {
    const settled = {
      type: 'settled',
      taskId: 't',
      ok: true,
      isFree: true,
      ran: true,
      failure: null,
      cpuMs: 1,
      wallMs,
      phases: { executorMs: 0.5, callMs: 3 },
      takenUpAtMs,
      parts: [] as unknown[],
    } as const
    return toOutcome(settled, ['', '1'], SENT, now).usage.phases
  }

  test('is what the whole leaves of the time of the task itself', () => {
    expect(phasesOf(5_002, 4, 110)).toEqual({ queueMs: 1, executorMs: 2.5, callMs: 3, returnMs: 4 })
  })

  test('is never more than that, whatever an executor says of its clock', () => {
    expect(phasesOf(1, 4, 110)).toEqual({ queueMs: 1, executorMs: 0.5, callMs: 3, returnMs: 6 })
    expect(phasesOf(9_999_999, 4, 110)).toEqual({ queueMs: 1, executorMs: 6.5, callMs: 3, returnMs: 0 })
    expect(phasesOf(5_002, 400, 110)).toEqual({ queueMs: 1, executorMs: 0.5, callMs: 3, returnMs: 0 })
  })
})
