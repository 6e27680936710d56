// How a task ended: exactly one of these for every task, whatever the guest did.
import type { Failure } from '../errors.ts'

/** Where the time of a task went, in milliseconds; a phase that did not happen is absent. */
export interface PhaseTimings {
  /** Waiting for an executor. */
  readonly queueMs?: number
  /** Installing what the request depends on. */
  readonly installMs?: number
  /** TypeScript to JavaScript, or sources to one bundle. */
  readonly transpileMs?: number
  /** Taking an isolate: near zero for one made ahead. */
  readonly isolateMs?: number
  readonly compileMs?: number
  /** Top level of the submitted source. */
  readonly evaluateMs?: number
  /** Decode, call, await and encode. */
  readonly callMs?: number
}

export interface Usage {
  readonly cpuMs: number
  readonly wallMs: number
  readonly phases: PhaseTimings
}

/** An instance of a class that lives on after the call. Times are milliseconds since 1970, with a fraction. */
export interface InstanceState {
  readonly id: string
  readonly className: string
  readonly createdAt: number
  readonly lastUsedAt: number
  /** Calls whose method has returned. */
  readonly methodCalls: number
}

interface OutcomeBase {
  /** What the guest printed; null when nothing of it ran. */
  readonly stdout: string | null
  readonly usage: Usage
  /** Exact versions of the packages that were installed for it. */
  readonly dependencyLock?: string
  /** Whether the call made the instance that it is of. */
  readonly madeInstance?: true
  /** The instance that the call was of, when it lives on. */
  readonly instance?: InstanceState
}

export type Outcome = OutcomeBase &
  (
    | {
        readonly ok: true
        /** The encoded result, in the format of the task's input; of a stream nothing, or the list of its chunks if that was asked for. */
        readonly value: string
        /** How many chunks a stream had; absent when the result is a value. */
        readonly chunks?: number
      }
    | { readonly ok: false; readonly failure: Failure }
  )

/** The outcome of a task of which nothing ran. */
export function notRun(failure: Failure, phases: PhaseTimings = {}): Outcome {
  return { ok: false, failure, stdout: null, usage: { cpuMs: 0, wallMs: 0, phases } }
}
