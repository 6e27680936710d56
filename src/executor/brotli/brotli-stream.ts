// One encoder or decoder of Node.js, which goes on only when it is asked to, a step at a time: what a small input unpacks to is
// made as it is read, and nothing is done between two steps that nobody would pay for.
import type { BrotliCompress, BrotliDecompress } from 'node:zlib'
import { MAX_PIECE_BYTES } from '../../../sandbox/src/bridge.ts'
import { ownZlib } from './own-zlib.ts'

/** One processor packs some 40 MB of JSON a second with it: nearly as small as with six, and half as quick as with four. */
const QUALITY = 5
/** A window of 1 MiB, with which an encoder takes up to 5 MB. With one of 4 MiB it takes 10 to 20, for 5 % less of the same text. */
const WINDOW_BITS = 20

export interface Step {
  /** What it has made, of `MAX_PIECE_BYTES` at most. */
  readonly piece: Uint8Array | null
  /** Whether it can go on without being given anything. */
  readonly hasMore: boolean
  /** Whether it has come to its end with input that it was given left over. */
  readonly hasRest: boolean
}

export class BrotliStream {
  readonly #stream: BrotliCompress | BrotliDecompress
  #isDone = true
  #isStepping = false
  #isClosed = false
  #isEnding = false
  #givenBytes = 0
  #error: Error | null = null
  #tell: () => void = () => undefined

  constructor(isCompression: boolean) {
    const { createBrotliCompress, createBrotliDecompress, constants } = ownZlib()
    // One piece is ahead of whoever reads, and the next is not begun.
    const options = { chunkSize: MAX_PIECE_BYTES, readableHighWaterMark: 1 }
    const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS }
    this.#stream = isCompression ? createBrotliCompress({ ...options, params }) : createBrotliDecompress(options)
    this.#stream.on('readable', () => {
      // The end is told to nobody before it has been read.
      if (this.#stream.readableLength === 0) this.#stream.read()
      this.#tell()
    })
    this.#stream.on('end', () => this.#done())
    this.#stream.on('error', (error) => this.#failed(error))
  }

  /** @throws what Node.js says of the input; nothing is to be had from it then. */
  async write(bytes: Uint8Array): Promise<Step> {
    return this.#step(() => {
      this.#givenBytes += bytes.length
      this.#stream.write(bytes, (error) => this.#failed(error))
    })
  }

  async end(): Promise<Step> {
    // Nothing would tell of a second end.
    if (this.#isEnding) return this.goOn()
    return this.#step(() => {
      this.#isEnding = true
      this.#stream.end()
    })
  }

  /** After a step that has more. */
  async goOn(): Promise<Step> {
    return this.#step(null)
  }

  /** Frees what it has, behind the step that goes on. */
  close(): void {
    this.#isClosed = true
    if (!this.#isStepping) this.#stream.destroy()
  }

  async #step(begin: (() => void) | null): Promise<Step> {
    if (this.#isStepping || this.#isClosed) throw new Error('The stream is busy or closed.')
    if (this.#error !== null) throw this.#error
    this.#isStepping = true
    try {
      // What the step before has left; to take it lets the work go on that waited for that.
      let piece = this.#take()
      if (begin !== null && this.#isDone && piece === null) {
        this.#isDone = false
        begin()
      }
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one event after the other
        if (!this.#isDone && this.#stream.readableLength === 0) await this.#nextEvent()
        if (this.#error !== null) throw this.#error
        if (piece !== null && this.#stream.readableLength > 0) return { piece, hasMore: true, hasRest: false }
        piece ??= this.#take()
        if (this.#isDone && this.#stream.readableLength === 0) {
          return { piece, hasMore: false, hasRest: this.#stream.bytesWritten < this.#givenBytes }
        }
      }
    } finally {
      this.#isStepping = false
      if (this.#isClosed) this.#stream.destroy()
    }
  }

  #take(): Uint8Array | null {
    return this.#stream.readableLength === 0 ? null : (this.#stream.read() as Uint8Array)
  }

  #failed(error: Error | null | undefined): void {
    this.#error ??= error ?? null
    this.#done()
  }

  #done(): void {
    this.#isDone = true
    this.#tell()
  }

  async #nextEvent(): Promise<void> {
    const event = Promise.withResolvers<void>()
    this.#tell = event.resolve
    await event.promise
  }
}
