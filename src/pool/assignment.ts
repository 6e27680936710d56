// A task that an executor has, as the parent keeps it, and what follows from all that one executor has.
import type { Outcome } from '../core/outcome.ts'
import type { Task } from '../core/task.ts'
import type { CallWeights } from './call-weights.ts'
import type { ChunkIntake } from './chunk-intake.ts'
import type { Deadline } from './deadline.ts'
import type { ProgressIntake } from './progress-intake.ts'

export interface Assignment {
  readonly task: Task
  readonly startedAt: number
  /** The same moment, of `monotonicMs`. */
  readonly sentAtMs: number
  readonly settle: (outcome: Outcome) => void
  /** In place of `settle`, when the process ended before the task began. Null for a task that has had that already. */
  readonly giveBack: (() => void) | null
  readonly queueMs: number
  readonly chunks: ChunkIntake
  readonly progress: ProgressIntake
  /** Fires when the executor's own clocks should have ended the task and did not. */
  deadline: Deadline
  /** Known from the first look of the watch on. */
  cpuMsAtStart: number | null
  isCancelled: boolean
}

/** By the id of the task, in the order of their coming. */
export type Assignments = ReadonlyMap<string, Assignment>

/** With more than one task nobody can tell whose doing something is. */
export function onlyOf(assignments: Assignments): Assignment | null {
  return assignments.size === 1 ? oldestOf(assignments) : null
}

export function oldestOf(assignments: Assignments): Assignment | null {
  const [oldest] = assignments.values()
  return oldest ?? null
}

/** How many calls may overlap when one more comes to those that there are. */
export function overlapOf(assignments: Assignments, task: Task, weights: CallWeights): number {
  let overlap = weights.overlap(task)
  for (const assignment of assignments.values()) overlap = Math.min(overlap, weights.overlap(assignment.task))
  return overlap
}

/** What the process may grow by for its tasks. */
export function memoryMbOf(assignments: Assignments): number {
  let memoryMb = 0
  for (const { task } of assignments.values()) memoryMb = Math.max(memoryMb, task.limits.memoryMb)
  return memoryMb
}

/** Whether one of them is a call of the module. */
export function isCalled(assignments: Assignments, hash: string): boolean {
  for (const { task } of assignments.values()) {
    const { source } = task.invocation
    if (source.mode === 'flash' && source.module.hash === hash) return true
  }
  return false
}
