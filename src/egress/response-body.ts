// The body of an answer, read a piece at a time: nothing is taken from the connection that nobody wants yet.
import type { Readable } from 'node:stream'
import { EGRESS_PIECE_BYTES } from '../core/egress.ts'

/** A stream as a source of pieces of bounded size. Rejects with what the stream ends with. */
export class PieceReader {
  readonly #stream: Readable
  readonly #chunks: AsyncIterator<Uint8Array, unknown>
  #rest: Uint8Array | null = null

  constructor(stream: Readable) {
    this.#stream = stream
    // Errors are the reader's; one that nobody reads is nobody's.
    stream.on('error', () => undefined)
    this.#chunks = (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  }

  /** Null at the end. */
  async read(): Promise<Uint8Array | null> {
    let chunk = this.#rest
    while (chunk === null || chunk.byteLength === 0) {
      // oxlint-disable-next-line no-await-in-loop -- until one that is not empty
      const next = await this.#chunks.next()
      if (next.done === true) return null
      chunk = next.value
    }
    const piece = chunk.subarray(0, EGRESS_PIECE_BYTES)
    this.#rest = chunk.byteLength > piece.byteLength ? chunk.subarray(piece.byteLength) : null
    return piece
  }

  destroy(): void {
    this.#rest = null
    this.#stream.destroy()
  }
}
