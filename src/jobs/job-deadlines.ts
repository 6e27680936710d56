// When jobs that have not ended are to go: one timer for all of them, since nearly none of them comes to that.
import { DueQueue } from './due-queue.ts'

/** A timer holds no longer time than 24 days. */
const LOOK_MS_MAX = 3_600_000

export class JobDeadlines {
  readonly #queue = new DueQueue()
  readonly #now: () => number
  readonly #onDue: (id: string) => void
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #order = 0

  /**
   * @param now milliseconds since the epoch.
   * @param onDue told once of each id whose time has come.
   */
  constructor(now: () => number, onDue: (id: string) => void) {
    this.#now = now
    this.#onDue = onDue
  }

  /** In place of an earlier time; null for none. */
  set(id: string, at: number | null): void {
    if (at === null) {
      this.#queue.delete(id)
      return
    }
    this.#order += 1
    this.#queue.set(id, at, this.#order)
    if (at < this.#timerAt) this.#wait(at)
  }

  #wait(at: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = at
    const delayMs = Math.min(LOOK_MS_MAX, Math.max(0, at - this.#now()))
    this.#timer = setTimeout(() => this.#look(), delayMs).unref()
  }

  #look(): void {
    const now = this.#now()
    for (let id = this.#queue.peek(now); id !== undefined; id = this.#queue.peek(now)) {
      this.#queue.delete(id)
      this.#onDue(id)
    }
    const next = this.#queue.first
    if (next === undefined) this.#timerAt = Number.POSITIVE_INFINITY
    else this.#wait(next)
  }
}
