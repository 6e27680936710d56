// Tasks that wait for an executor: first come first served within a cordon, cordons taking turns. What running calls wait for
// goes before what nobody has begun.
import type { CordonId, Task } from '../core/task.ts'

export interface WaitingTask {
  readonly task: Task
  readonly cordon: CordonId
  readonly enqueuedAt: number
}

export class TaskQueue<T extends WaitingTask> {
  /** Insertion order is the order of turns: a cordon that was served moves to the end. */
  readonly #byCordon = new Map<CordonId, T[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(entry: T): void {
    const waiting = this.#byCordon.get(entry.cordon)
    if (waiting === undefined) this.#byCordon.set(entry.cordon, [entry])
    else if (entry.task.isNested === true) waiting.splice(countNested(waiting), 0, entry)
    else waiting.push(entry)
    this.#size++
  }

  /** The first task of the first cordon in turn that `accepts` says can be served now. */
  shift(accepts: (entry: T) => boolean): T | undefined {
    for (const [cordon, waiting] of this.#byCordon) {
      const [entry] = waiting
      if (entry === undefined || !accepts(entry)) continue
      waiting.shift()
      this.#byCordon.delete(cordon)
      if (waiting.length > 0) this.#byCordon.set(cordon, waiting)
      this.#size--
      return entry
    }
    return undefined
  }

  /** Takes one task out; false when it does not wait any more. */
  remove(entry: T): boolean {
    const waiting = this.#byCordon.get(entry.cordon)
    const index = waiting?.indexOf(entry) ?? -1
    if (waiting === undefined || index === -1) return false
    waiting.splice(index, 1)
    if (waiting.length === 0) this.#byCordon.delete(entry.cordon)
    this.#size--
    return true
  }

  /** What waits, cordon by cordon, in the order of turns; never an empty list. */
  waiting(): Iterable<readonly [CordonId, readonly T[]]> {
    return this.#byCordon
  }
}

/** They are in front. */
function countNested(waiting: readonly WaitingTask[]): number {
  const first = waiting.findIndex(({ task }) => task.isNested !== true)
  return first === -1 ? waiting.length : first
}
