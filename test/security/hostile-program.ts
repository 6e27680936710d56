// What a hostile case is: a program, how the service must answer it, and what it does to a host without our layers.
import { expect } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import type { ExecuteAnswer, LiveRequest } from '../support/keep-alive-client.ts'
import { observeVictim } from './bare-isolate.ts'
import type { Observation, VictimRun } from './bare-isolate.ts'

/** What bare isolated-vm does with a program. */
export type Effect =
  /** The whole process dies of a signal. */
  | 'crashes the process'
  /** Neither the timeout nor `dispose` stops it: a core goes on burning. */
  | 'burns after dispose'
  /** The operation ends as if all were well, and a core burns on. */
  | 'burns after its answer'
  /** The operation is not over long after its timeout; `dispose` ends it. */
  | 'outlives its timeout'
  /** It would go on for ever: only the timeout ends it. */
  | 'is stopped by the timeout'
  /** V8's heap limit ends it. */
  | 'runs out of heap'
  /** The process grows far beyond the heap limit. */
  | { readonly growsPastMb: number }
  /** The host is told exactly this, whoever said it. */
  | { readonly rejectsWith: string | RegExp }
  | { readonly resolvesTo: unknown }

export interface Proof extends Partial<VictimRun> {
  readonly effect: Effect
  /** Takes more than about two seconds: runs with the slow tests. */
  readonly isSlow?: boolean
}

export interface HostileProgram extends LiveRequest {
  /** Completes "a guest that …". */
  readonly title: string
  /** The code of the answer; null when the code of the guest is to return. */
  readonly code: ErrorCode | null
  readonly proof: Proof
  /** What else has to hold for the answer. */
  readonly check?: (answer: ExecuteAnswer) => void
}

/** The limits of a hostile request unless it says others: low, so that the suite is quick. */
export const LIMITS = { cpuMs: 200, wallMs: 8_000, memoryMb: 32 } as const

/** Hits of a limit that V8 or the executor's own thread can answer are answered within this. */
export const IN_TIME_MS = 250
/** What only SIGKILL ends is answered within this. */
export const KILL_MS = 1_000
/** Of the time that passes outside the service: the test's own connection and this machine's noise. */
const CLIENT_MS = 100

/** Long enough on a crowded machine for whatever ends by itself; only what goes on for ever is cut short. */
const PATIENCE_MS = 10_000
const QUICK: Partial<VictimRun> = { timeoutMs: 50, waitMs: 250 }

/** How long a bare isolate gives a program: what is to go on after its timeout gets a short one. */
function paceOf(effect: Effect): Partial<VictimRun> {
  switch (effect) {
    case 'burns after dispose':
    case 'outlives its timeout':
      return QUICK
    case 'is stopped by the timeout':
      return { timeoutMs: 50, waitMs: PATIENCE_MS }
    default:
      return { timeoutMs: PATIENCE_MS, waitMs: PATIENCE_MS }
  }
}

/** The bare isolate runs the same text, and calls what the request calls. */
export async function proveHarm({ source, name = 'run', args = [], proof }: HostileProgram): Promise<void> {
  const { effect, isSlow: _, ...run } = proof
  const enoughMb = typeof effect === 'object' && 'growsPastMb' in effect ? effect.growsPastMb : undefined
  const call = `;${name}(${args.map((argument) => JSON.stringify(argument)).join(',')})`
  const text = run.isModule === true ? source : `${source}\n${call}`
  const observed = await observeVictim({
    source: text,
    watchesAfter: effect === 'burns after its answer',
    ...(enoughMb === undefined ? {} : { enoughMb }),
    ...paceOf(effect),
    ...run,
  })
  expectEffect(effect, observed)
}

/** A process that only waits takes a hundredth of this. */
const BURNING_CORES = 0.05

function expectEffect(effect: Effect, observed: Observation): void {
  const what = JSON.stringify(observed)
  if (effect === 'crashes the process') expect(observed.crash, what).not.toBeNull()
  else if (effect === 'outlives its timeout') expect(observed.ending, what).toBe('pending')
  else if (effect === 'burns after dispose') {
    expect(observed.ending, what).toBe('pending')
    expect(observed.burningCores, what).toBeGreaterThan(BURNING_CORES)
  } else if (effect === 'burns after its answer') {
    expect(observed.ending, what).toBe('resolved')
    expect(observed.burningCores, what).toBeGreaterThan(BURNING_CORES)
  } else if (effect === 'is stopped by the timeout') expect(observed.text, what).toBe('Script execution timed out.')
  else if (effect === 'runs out of heap')
    expect(observed.text, what).toMatch(/disposed during execution due to memory limit/u)
  else if ('growsPastMb' in effect) expect(observed.maxResidentMb, what).toBeGreaterThan(effect.growsPastMb)
  else if ('rejectsWith' in effect) {
    expect(observed.ending, what).toBe('rejected')
    expect(observed.text, what).toMatch(effect.rejectsWith)
  } else {
    expect(observed.ending, what).toBe('resolved')
    expect(observed.text, what).toBe(JSON.stringify(effect.resolvesTo))
  }
}

/** The code, the sentence with limit and use, and the time that the answer may take. */
export function expectAnswer(program: HostileProgram, answer: ExecuteAnswer): void {
  const { code } = program
  const limits = { ...LIMITS, ...program.limits }
  expect(answer.status).toBe(200)
  expect(answer.code, `${answer.error.slice(0, 500)} after ${Math.round(answer.durationMs)} ms`).toBe(code)
  expect(answer.success).toBe(code === null)
  expect(answer.durationMs).toBeLessThan(limits.wallMs + KILL_MS + CLIENT_MS)
  if (code === 'LIMIT_CPU') {
    const said = /^LIMIT_CPU: The code used ([\d,]+) ms of processor time; the limit is ([\d,]+) ms\.$/u.exec(
      answer.error,
    )
    const [usedMs, limitMs] = [toNumber(said?.[1]), toNumber(said?.[2])]
    expect(limitMs, answer.error).toBe(limits.cpuMs)
    expect(usedMs).toBeGreaterThanOrEqual(limits.cpuMs)
    expect(usedMs).toBeLessThan(limits.cpuMs + IN_TIME_MS)
  } else if (code === 'LIMIT_WALL') {
    expect(answer.error).toContain(`within its wall limit of ${limits.wallMs.toLocaleString('en-US')} ms`)
    expect(answer.durationMs).toBeGreaterThanOrEqual(limits.wallMs)
    expect(answer.durationMs).toBeLessThan(limits.wallMs + IN_TIME_MS + CLIENT_MS)
  } else if (code === 'LIMIT_MEMORY') {
    expect(answer.error).toMatch(
      new RegExp(`^LIMIT_MEMORY: The code used more memory than its limit of ${limits.memoryMb} MB`),
    )
  }
  program.check?.(answer)
}

function toNumber(text: string | undefined): number {
  return Number(text?.replaceAll(',', ''))
}
