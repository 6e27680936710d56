// How a task ended: exactly one of these for every task, whatever the guest did.
import type { Failure } from '../errors.ts'

/** Where the time of a task went, in milliseconds; a phase that did not happen is absent. */
export interface PhaseTimings {
  /** Until an executor was chosen. */
  readonly queueMs?: number
  /** From then until that had taken the task up and begun it; a call may wait there for others of its isolate. */
  readonly executorMs?: number
  /** Installing what the request depends on. */
  readonly installMs?: number
  /** TypeScript to JavaScript, or sources to one bundle. */
  readonly transpileMs?: number
  /** Taking an isolate: near zero for one made ahead. */
  readonly isolateMs?: number
  /** Of bundles and modules; a script of a request is compiled and evaluated in one step. */
  readonly compileMs?: number
  /** Top level of the source. */
  readonly evaluateMs?: number
  /** Of the arguments; in `callMs` where it was not measured apart. */
  readonly decodeMs?: number
  /** The function, with what it waits for. */
  readonly callMs?: number
  /** Of the result; in `callMs` where it was not measured apart. */
  readonly encodeMs?: number
  /** From the end in the executor until this process knew of it. */
  readonly returnMs?: number
}

/**
 * What a task ran in: an isolate made ahead of it, one that had to be made while it waited, one in which a deployed module had
 * been evaluated before, or the one of an instance that was there before.
 */
export const ISOLATE_KINDS = ['virgin', 'cold', 'warm', 'instance'] as const
export type IsolateKind = (typeof ISOLATE_KINDS)[number]

/** Whether V8 took a code cache, of code that has one. */
export const CODE_CACHE_USES = ['hit', 'miss'] as const
export type CodeCacheUse = (typeof CODE_CACHE_USES)[number]

export interface Usage {
  readonly cpuMs: number
  readonly wallMs: number
  readonly phases: PhaseTimings
  /** Absent when nothing ran. */
  readonly isolate?: IsolateKind
  /** Absent when nothing was compiled, or nothing that is worth a cache. */
  readonly codeCache?: CodeCacheUse
  /** V8's heap at the end of the task; absent where it was not looked at. */
  readonly heapBytes?: number
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
