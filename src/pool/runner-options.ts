// What the parent's object for an executor needs from the pool, and the states that it is in.
import type { EgressBroker } from '../core/egress.ts'
import type { ExecuteOptions } from '../core/executor.ts'
import type { Role } from '../core/task.ts'
import type { Assignment } from './assignment.ts'
import type { CallWeights } from './call-weights.ts'
import type { CodeCaches } from './code-caches.ts'
import type { IsolateCounts } from './count-isolates.ts'
import type { ExecutorRunner } from './executor-runner.ts'
import type { JsonTurns } from './json-turns.ts'
import type { InstanceEnd } from './lost-failure.ts'
import type { RemoteBounds } from './remote-calls.ts'
import type { RunnerEvent } from './runner-event.ts'
import type { StartTransport } from './transport.ts'

/** `busy` has tasks; `clearing` has answered one of which something still runs. */
export type RunnerState = 'starting' | 'idle' | 'busy' | 'clearing' | 'dead'

/** What whoever watches the service sees of an executor. */
export interface ExecutorFacts {
  readonly role: Role | 'spare'
  readonly state: RunnerState
  readonly isolates: IsolateCounts
}

export interface RunnerOptions {
  readonly start: StartTransport
  readonly startMs: number
  readonly heartbeatMs: number
  readonly onChange: (runner: ExecutorRunner) => void
  readonly onLog: (event: RunnerEvent) => void
  readonly caches: CodeCaches
  readonly weights: CallWeights
  readonly turns: JsonTurns
  /** Told once for each instance that it held. */
  readonly onInstanceEnded: (key: string, end: InstanceEnd) => void
  /** How code calls functions of other resources; absent for not at all. */
  readonly remote?: RemoteBounds
  /** How code reaches other hosts; absent for not at all. */
  readonly egress?: EgressBroker | undefined
  readonly now: () => number
}

/** A task for an executor, and what becomes of it. */
export type RunOrder = Pick<Assignment, 'task' | 'queueMs' | 'settle' | 'giveBack'> & {
  readonly onEvent?: ExecuteOptions['onEvent']
}
