// How much text the front process holds at once: bodies, queued inputs and unsent answers share one allowance.

/** A part of the allowance that somebody holds until it is released. */
export interface Lease {
  /** Holds `bytes` from now on. False, and nothing changed, when that is more than is free. */
  resize(bytes: number): boolean
  /** Gives everything back; a second call does nothing, and so does a later `resize`. */
  release(): void
}

export class BufferBudget {
  readonly #limitBytes: number
  #usedBytes = 0

  constructor(options: { readonly bufferedBytes: number }) {
    this.#limitBytes = options.bufferedBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get limitBytes(): number {
    return this.#limitBytes
  }

  /** A lease of `bytes`, or null when that is more than is free. */
  reserve(bytes: number): Lease | null {
    let heldBytes = 0
    let isReleased = false
    const resize = (wantedBytes: number): boolean => {
      if (isReleased) return true
      const usedBytes = this.#usedBytes - heldBytes + wantedBytes
      if (wantedBytes > heldBytes && usedBytes > this.#limitBytes) return false
      this.#usedBytes = usedBytes
      heldBytes = wantedBytes
      return true
    }
    const release = (): void => {
      resize(0)
      isReleased = true
    }
    return resize(bytes) ? { resize, release } : null
  }
}
