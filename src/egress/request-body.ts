// The body of a request as it comes in pieces: handed on when it is asked for, and kept while it is small enough to be sent again.
import { Readable } from 'node:stream'
import { EGRESS_PIECE_BYTES } from '../core/egress.ts'

/** What a redirect may make be sent again. */
export const RESENT_BYTES_MAX = EGRESS_PIECE_BYTES

interface Pending {
  readonly bytes: Uint8Array
  readonly settle: (isWanted: boolean) => void
}

/** One at a time is read: `open` ends the stream before. */
export class RequestBody {
  readonly #takeBytes: (bytes: number) => boolean
  #stream: Readable | null = null
  #isAsked = false
  #pending: Pending | null = null
  #isComplete = false
  #isClosed = false
  /** Null when it was too large to be kept. */
  #kept: Uint8Array[] | null
  #keptBytes = 0
  bytes = 0

  /** @param takeBytes told of each piece before it is sent; false when there may be no more. */
  constructor(options: { readonly isKept: boolean; readonly takeBytes: (bytes: number) => boolean }) {
    this.#kept = options.isKept ? [] : null
    this.#takeBytes = options.takeBytes
  }

  get canResend(): boolean {
    return this.#kept !== null
  }

  /** From the beginning. */
  open(): Readable {
    this.#stream?.destroy()
    this.#isAsked = false
    const stream = new Readable({ read: () => this.#ask(stream), highWaterMark: 1 })
    // Whoever sends it hears of its end by other ways.
    stream.on('error', () => undefined)
    this.#stream = stream
    for (const piece of this.#kept ?? []) stream.push(piece)
    if (this.#isComplete && this.#pending === null) stream.push(null)
    return stream
  }

  /** Settles when the piece was taken; false when nobody wants it. */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.#isClosed || this.#isComplete || this.#pending !== null || !this.#takeBytes(bytes.byteLength)) return false
    if (bytes.byteLength === 0) return true
    this.bytes += bytes.byteLength
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#pending = { bytes, settle: resolve }
    this.#flush()
    return promise
  }

  end(): void {
    this.#isComplete = true
    if (this.#pending === null) this.#stream?.push(null)
  }

  /** Nobody reads it any more. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#kept = null
    this.#pending?.settle(false)
    this.#pending = null
    this.#stream?.destroy()
  }

  #ask(stream: Readable): void {
    if (stream !== this.#stream) return
    this.#isAsked = true
    this.#flush()
  }

  #flush(): void {
    if (!this.#isAsked || this.#pending === null || this.#stream === null || this.#stream.destroyed) return
    const { bytes, settle } = this.#pending
    this.#pending = null
    this.#isAsked = false
    this.#keep(bytes)
    this.#stream.push(bytes)
    if (this.#isComplete) this.#stream.push(null)
    settle(true)
  }

  #keep(bytes: Uint8Array): void {
    if (this.#kept === null) return
    this.#keptBytes += bytes.byteLength
    if (this.#keptBytes > RESENT_BYTES_MAX) this.#kept = null
    else this.#kept.push(bytes)
  }
}
