// When bodies are parsed: between large ones everything else has as much time as they take, however many have arrived at once.

/** Parsed at once: less than the rest of a request takes. */
const SMALL_BYTES = 4 * 1024
/** What may be parsed in one go; a larger body is parsed alone. */
const TURN_BYTES = 128 * 1024
/** Of so many turns one is the oldest body's, so that small ones do not keep it waiting for ever. */
const TURNS_PER_OLDEST = 8

interface Waiting {
  readonly bytes: number
  readonly begin: () => void
}

export class BodyTurns {
  /** In the order of their coming. */
  readonly #waiting: Waiting[] = []
  #leftBytes = TURN_BYTES
  #turns = 0
  #isPlanned = false

  /** Null when a body of so many bytes can be parsed now; else settles when it can, the smallest first. */
  take(bytes: number): Promise<void> | null {
    if (bytes <= SMALL_BYTES) return null
    this.#plan()
    if (this.#waiting.length === 0 && this.#leftBytes > 0) {
      this.#leftBytes -= bytes
      return null
    }
    const { promise, resolve: begin } = Promise.withResolvers<void>()
    this.#waiting.push({ bytes, begin })
    return promise
  }

  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    let startedAt = 0
    setImmediate(() => {
      startedAt = performance.now()
      this.#next()
    })
    // Comes right behind everything that the other one has begun, and so knows what that took.
    setImmediate(() => this.#rest(performance.now() - startedAt))
  }

  #next(): void {
    this.#leftBytes = TURN_BYTES
    this.#turns += 1
    for (let next = this.#shift(); next !== undefined; next = this.#leftBytes > 0 ? this.#shift() : undefined) {
      this.#leftBytes -= next.bytes
      next.begin()
    }
  }

  #rest(tookMs: number): void {
    const goOn = (): void => {
      this.#isPlanned = false
      // Also when nothing waits any more: what has begun is the next turn's concern.
      if (this.#leftBytes < TURN_BYTES) this.#plan()
    }
    if (this.#leftBytes < TURN_BYTES) setTimeout(goOn, tookMs)
    else goOn()
  }

  #shift(): Waiting | undefined {
    let chosen = 0
    if (this.#turns % TURNS_PER_OLDEST !== 0) {
      for (const [index, { bytes }] of this.#waiting.entries()) {
        if (bytes < (this.#waiting[chosen]?.bytes ?? 0)) chosen = index
      }
    }
    return this.#waiting.splice(chosen, 1)[0]
  }
}
