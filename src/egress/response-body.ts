// The body of an answer, read a piece at a time: nothing is taken from the connection that nobody wants yet.
import { finished } from 'node:stream'
import type { Readable } from 'node:stream'
import { EGRESS_PIECE_BYTES } from '../core/egress.ts'

/**
 * What is there, joined: of many small chunks, each of which a stream gives by itself, one piece. Null for nothing yet, and at
 * the end.
 */
export function readJoined(stream: Readable, bytesMax = Infinity): Buffer | null {
  const { readableLength } = stream
  // Without a number it is told of the end.
  const chunk: unknown = readableLength === 0 ? stream.read() : stream.read(Math.min(readableLength, bytesMax))
  return Buffer.isBuffer(chunk) ? chunk : null
}

/** A stream as a source of pieces of bounded size. Rejects with what the stream ends with. */
export class PieceReader {
  readonly #stream: Readable
  #wake: () => void = () => undefined
  #isWatched = false
  /** Null for an end as it should be. */
  #end: { readonly error: Error | null } | null = null

  constructor(stream: Readable) {
    this.#stream = stream
    // Errors are the reader's; one that nobody reads is nobody's.
    stream.on('error', () => undefined)
  }

  /** Null at the end. One at a time. */
  async read(): Promise<Uint8Array | null> {
    this.#watch()
    for (;;) {
      const piece = this.#stream.destroyed ? null : readJoined(this.#stream, EGRESS_PIECE_BYTES)
      if (piece !== null && piece.byteLength > 0) return piece
      if (this.#end !== null) {
        if (this.#end.error === null) return null
        throw this.#end.error
      }
      // oxlint-disable-next-line no-await-in-loop -- until there is something, or nothing more
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  destroy(): void {
    this.#stream.destroy()
  }

  /** From the first read on: to listen is to have the stream begin. */
  #watch(): void {
    if (this.#isWatched) return
    this.#isWatched = true
    this.#stream.on('readable', () => this.#wake())
    finished(this.#stream, { writable: false }, (error) => {
      this.#end = { error: error ?? null }
      this.#wake()
    })
  }
}
