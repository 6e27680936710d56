// Starts of executors that fail one after the other: when to try another way, when to give up, when to try again.

/** So many before the pool gives up: something is wrong that trying again does not mend. */
const MAX_FAILED_STARTS = 2
/** After giving up, one start is tried again so often: somebody may have mended what was wrong. */
const RETRY_START_MS = 10_000

export class FailedStarts {
  readonly #fallBack: () => boolean
  #count = 0
  #lastAt = 0
  #wasReady = false

  /** @param fallBack makes further starts differ from those that failed; false when there is no other way to start. */
  constructor(fallBack: () => boolean) {
    this.#fallBack = fallBack
  }

  /** Whether an executor has ever been ready. */
  get wasReady(): boolean {
    return this.#wasReady
  }

  get areTooMany(): boolean {
    return this.#count >= MAX_FAILED_STARTS
  }

  succeeded(): void {
    this.#count = 0
    this.#wasReady = true
  }

  failed(): void {
    this.#count++
    this.#lastAt = performance.now()
    // What has worked once is not given up: then something else is wrong, and perhaps somebody sees to it.
    if (this.#wasReady || !this.areTooMany) return
    if (this.#fallBack()) this.#count = 0
  }

  /** Whether it is time for one more, though they are too many. */
  mayRetry(): boolean {
    return this.areTooMany && performance.now() - this.#lastAt >= RETRY_START_MS
  }
}
