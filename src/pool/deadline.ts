// A deadline of another process, told by one that may be late itself.

/** So late a timer is because this process was kept from its work. */
const LATE_MS = 100
/** What whoever may have been told late, or heard late, has more. */
const GRACE_MS = 1_000

/** It is over when everything that has arrived by then has been read; where this process was late, a second later. */
export class Deadline {
  #timer: NodeJS.Timeout
  #judging: NodeJS.Immediate | undefined

  constructor(afterMs: number, onOver: () => void) {
    const dueAt = performance.now() + afterMs
    const judge = (): void => void (this.#judging = setImmediate(onOver))
    this.#timer = setTimeout(() => {
      if (performance.now() - dueAt < LATE_MS) judge()
      else this.#timer = setTimeout(judge, GRACE_MS)
    }, afterMs)
  }

  /** It was kept, or is of no interest any more. */
  clear(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#judging)
  }
}
