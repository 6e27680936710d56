// What a call gives chunk by chunk: each is asked for by itself, and only as long as the front has room for one.
import type { Limits } from '../core/limits.ts'
import { MAX_CHUNK_BYTES } from '../core/limits.ts'
import type { Failure } from '../errors.ts'
import { STREAM_WINDOW_CHUNKS } from '../ipc/messages.ts'
import { chunkFailure, outputFailure } from './classify-failure.ts'

export interface CallStreamOptions {
  readonly limits: Limits
  /** Enters the guest for the next chunk, which may have so many bytes. */
  readonly pull: (maxBytes: number) => void
  readonly send: (chunk: string) => void
  /** Whether the guest may give another chunk in the entry in which it is. */
  readonly mayGoOn: () => boolean
}

export class CallStream {
  readonly #options: CallStreamOptions
  #roomChunks = STREAM_WINDOW_CHUNKS
  #sentBytes = 0
  #chunks = 0
  #isAsked = false

  constructor(options: CallStreamOptions) {
    this.#options = options
  }

  /** How many were sent. */
  get chunks(): number {
    return this.#chunks
  }

  /** The front has taken so many chunks off; 0 asks for the first. */
  grant(chunks: number): void {
    this.#roomChunks += chunks
    if (this.#isAsked || this.#roomChunks <= 0) return
    this.#isAsked = true
    this.#options.pull(this.#maxBytes)
  }

  /**
   * Sends what the guest program says is a chunk; one that was not asked for is dropped. A failure ends the call; a number is
   * how many bytes the next may have, if that is asked for at once.
   */
  take(chunk: string): Failure | number | null {
    if (!this.#isAsked) return null
    const bytes = Buffer.byteLength(chunk)
    if (bytes > this.#maxBytes) return this.tooLarge(bytes)
    this.#sentBytes += bytes
    this.#chunks++
    this.#options.send(chunk)
    this.#roomChunks--
    if (this.#roomChunks > 0 && this.#options.mayGoOn()) return this.#maxBytes
    this.#isAsked = false
    this.grant(0)
    return null
  }

  /** The limit that a chunk of at least so many bytes breaks: its own, or that of all together. */
  tooLarge(bytes: number): Failure {
    const { limits } = this.#options
    return bytes > MAX_CHUNK_BYTES && this.#maxBytes === MAX_CHUNK_BYTES
      ? chunkFailure(bytes)
      : outputFailure(limits, this.#sentBytes + bytes)
  }

  get #maxBytes(): number {
    return Math.min(MAX_CHUNK_BYTES, this.#options.limits.outputBytes - this.#sentBytes)
  }
}
