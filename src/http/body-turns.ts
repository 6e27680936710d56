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

  /** Within what those have left that were parsed at once in this turn. */
  #next(): void {
    this.#turns += 1
    while (this.#leftBytes > 0) {
      const next = this.#shift()
      if (next === undefined) return
      this.#leftBytes -= next.bytes
      next.begin()
    }
  }

  #rest(tookMs: number): void {
    const isOver = this.#waiting.length === 0 && this.#leftBytes === TURN_BYTES
    const goOn = (): void => {
      this.#isPlanned = false
      this.#leftBytes = TURN_BYTES
      if (!isOver) this.#plan()
    }
    if (isOver) goOn()
    else setTimeout(goOn, tookMs)
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
