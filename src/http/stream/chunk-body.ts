// The body of a streamed answer: it holds what its client has not taken yet, and says when there is room for more.
import type { Lease } from '../buffer-budget.ts'

export interface ChunkBodyOptions {
  /** Covers the texts that have not been taken; released with the end of the body. */
  readonly lease: Lease
  /** A text up to this size is taken although the lease cannot grow. */
  readonly smallBytes: number
  /** Called before the body closes after its last text; not for a client that went away. */
  readonly onClose: () => void
}

interface Piece {
  readonly bytes: Uint8Array
  readonly onTaken: () => void
}

export class ChunkBody {
  readonly stream: ReadableStream<Uint8Array>
  readonly #options: ChunkBodyOptions
  readonly #waiting: Piece[] = []
  readonly #over = Promise.withResolvers<void>()
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  #heldBytes = 0
  /** Of the piece that the client's connection has, but may not have sent. */
  #lastBytes = 0
  #sentBytes = 0
  #isWanted = false
  #isEnded = false
  #isOver = false

  constructor(options: ChunkBodyOptions) {
    this.#options = options
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#pull(),
        cancel: () => this.#finish(),
      },
      // Without a queue of its own, it asks only when the connection wants to write.
      { highWaterMark: 0 },
    )
  }

  /** Settles when the last text is taken, or its client is gone. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  /** Whether nothing was ever taken into it. */
  get isEmpty(): boolean {
    return this.#sentBytes === 0 && this.#waiting.length === 0
  }

  get sentBytes(): number {
    return this.#sentBytes
  }

  /** Null when there is no room for it; else a promise that settles when the client takes it, or has gone away. */
  push(text: string): Promise<void> | null {
    if (this.#isOver) return Promise.resolve()
    const bytes = Buffer.from(text)
    const hasRoom = this.#options.lease.resize(this.#heldBytes + bytes.length)
    if (!hasRoom && bytes.length > this.#options.smallBytes) return null
    this.#heldBytes += bytes.length
    return new Promise((resolve) => {
      this.#waiting.push({ bytes, onTaken: resolve })
      if (this.#isWanted) this.#pull()
    })
  }

  /** Nothing follows. */
  end(): void {
    this.#isEnded = true
    if (this.#isWanted) this.#pull()
  }

  #pull(): void {
    if (this.#isOver) return
    this.#isWanted = false
    this.#heldBytes -= this.#lastBytes
    this.#lastBytes = 0
    const piece = this.#waiting.shift()
    if (piece !== undefined) {
      this.#lastBytes = piece.bytes.length
      this.#sentBytes += piece.bytes.length
      this.#controller?.enqueue(piece.bytes)
      piece.onTaken()
    } else if (this.#isEnded) this.#close()
    else this.#isWanted = true
    this.#options.lease.resize(this.#heldBytes)
  }

  #close(): void {
    this.#options.onClose()
    this.#controller?.close()
    this.#finish()
  }

  #finish(): void {
    this.#isOver = true
    this.#options.lease.release()
    for (const { onTaken } of this.#waiting.splice(0)) onTaken()
    this.#over.resolve()
  }
}
