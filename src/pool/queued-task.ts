// A task that waits for an executor, with everything that whoever asked for it wants to hear.
import type { ExecuteOptions } from '../core/executor.ts'
import type { Outcome } from '../core/outcome.ts'
import type { WaitingTask } from './task-queue.ts'

export interface QueuedTask extends WaitingTask {
  readonly settle: (outcome: Outcome) => void
  readonly queueMs: number
  timer: NodeJS.Timeout | undefined
  /** Whether no executor has got it yet. */
  isWaiting: boolean
  isSecondTry: boolean
  readonly onStart: ExecuteOptions['onStart']
  readonly onEvent: ExecuteOptions['onEvent']
}
