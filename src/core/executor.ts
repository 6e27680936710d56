// The port through which tasks are run: the executor pool in the service, a fake in tests.
import type { Outcome } from './outcome.ts'
import type { Task, TaskEvent } from './task.ts'

export interface ExecuteOptions {
  /** Aborted when the caller cancels or goes away: the guest is stopped and the outcome is `CANCELLED`. */
  readonly signal: AbortSignal
  /**
   * How long the task may wait for an executor in place of the operator's `queueMs`. One that may wait forever has waited its
   * turn in a queue of its caller's, and is not refused because too many wait.
   */
  readonly queueMs?: number | undefined
  /** Since when the caller lets it wait already, in the time of `performance.now`; absent for now. */
  readonly enqueuedAt?: number | undefined
  /** Called once, when the task leaves the queue for an executor; never for a task that does not run. */
  readonly onStart?: (() => void) | undefined
  /**
   * Called for each chunk of a task that may stream, in their order, and for what the code says of its progress, all before
   * the outcome. The code is asked for more chunks only while few of the promises that this returns have not settled: a promise
   * settles when there is room for another chunk. Of progress the latest follows when the promise for the last has settled.
   * Without it the code is not listened to.
   */
  readonly onEvent?: ((event: TaskEvent) => Promise<void>) | undefined
}

export interface Executor extends AsyncDisposable {
  /** Settles with an outcome whatever the guest does; rejects only when its caller broke the contract. */
  execute(task: Task, options: ExecuteOptions): Promise<Outcome>
}
