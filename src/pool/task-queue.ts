// Tasks that wait for an executor: first come first served within a lane, lanes taking turns. What running calls wait for goes
// before what nobody has begun.
import type { CordonId, Task } from '../core/task.ts'

export interface WaitingTask {
  readonly task: Task
  readonly cordon: CordonId
  /** Of `laneOf`. */
  readonly lane: string
  readonly enqueuedAt: number
}

export class TaskQueue<T extends WaitingTask> {
  /** Insertion order is the order of turns: a lane that was served moves to the end. */
  readonly #byLane = new Map<string, T[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(entry: T): void {
    const waiting = this.#byLane.get(entry.lane)
    if (waiting === undefined) this.#byLane.set(entry.lane, [entry])
    else if (entry.task.isNested === true) waiting.splice(countNested(waiting), 0, entry)
    else waiting.push(entry)
    this.#size++
  }

  /** The first task of the first lane in turn that `accepts` says can be served now. */
  shift(accepts: (entry: T) => boolean): T | undefined {
    for (const [lane, waiting] of this.#byLane) {
      const [entry] = waiting
      if (entry === undefined || !accepts(entry)) continue
      waiting.shift()
      this.#byLane.delete(lane)
      if (waiting.length > 0) this.#byLane.set(lane, waiting)
      this.#size--
      return entry
    }
    return undefined
  }

  /** Takes one task out; false when it does not wait any more. */
  remove(entry: T): boolean {
    const waiting = this.#byLane.get(entry.lane)
    const index = waiting?.indexOf(entry) ?? -1
    if (waiting === undefined || index === -1) return false
    waiting.splice(index, 1)
    if (waiting.length === 0) this.#byLane.delete(entry.lane)
    this.#size--
    return true
  }

  /** When the oldest of what waits came; null when nothing does. Looks at the lanes only: a lane is in order of time. */
  waitingSince(): number | null {
    const firsts = [...this.#byLane.values()].map(([first]) => first?.enqueuedAt ?? Number.POSITIVE_INFINITY)
    return firsts.length === 0 ? null : Math.min(...firsts)
  }

  /** What waits, lane by lane, in the order of turns; never an empty list. */
  waiting(): Iterable<readonly [string, readonly T[]]> {
    return this.#byLane
  }
}

/** They are in front. */
function countNested(waiting: readonly WaitingTask[]): number {
  const first = waiting.findIndex(({ task }) => task.isNested !== true)
  return first === -1 ? waiting.length : first
}
