// The pieces in which a body arrives: few as a sender makes them, and as few as the sender's patience when it makes many.

/** Smaller pieces are copied: each would take a few hundred bytes beside its own. */
const COPIED_BYTES = 4 * 1024
const BLOCK_BYTES = 64 * 1024
/** Each piece takes some microseconds, however small it is. */
const MIN_AVERAGE_BYTES = 64
/** So many may be smaller than that: what somebody writes piece by piece, such as JSON token by token. */
const SMALL_PIECES = 8_192

export class BodyPieces {
  readonly #whole: Buffer[] = []
  #block: Buffer | null = null
  #usedBytes = 0
  #pieces = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** Whether they are so small that to put them together is most of the work. */
  get areTooSmall(): boolean {
    return this.#pieces > SMALL_PIECES + this.#bytes / MIN_AVERAGE_BYTES
  }

  add(piece: Buffer): void {
    this.#pieces += 1
    this.#bytes += piece.length
    if (piece.length >= COPIED_BYTES || this.#pieces === 1) {
      this.#closeBlock()
      this.#whole.push(piece)
      return
    }
    if (this.#block !== null && this.#usedBytes + piece.length > BLOCK_BYTES) this.#closeBlock()
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES)
    this.#usedBytes += piece.copy(this.#block, this.#usedBytes)
  }

  /** All of them as one. */
  join(): Buffer {
    this.#closeBlock()
    const [only] = this.#whole
    return this.#whole.length === 1 && only !== undefined ? only : Buffer.concat(this.#whole, this.#bytes)
  }

  #closeBlock(): void {
    if (this.#block === null) return
    this.#whole.push(this.#block.subarray(0, this.#usedBytes))
    this.#block = null
    this.#usedBytes = 0
  }
}
