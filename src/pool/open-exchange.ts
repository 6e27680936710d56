// One request to another host between its executor and the broker: one piece on its way to each side, and one kept ready.
import { EXCHANGE_HEAD_BYTES, PIECE_CHARACTERS } from '../core/egress-bounds.ts'
import { EGRESS_PIECE_BYTES } from '../core/egress.ts'
import type { EgressExchange } from '../core/egress.ts'
import { SERVICE_FAILED } from '../core/failures.ts'
import { groupDigits } from '../core/group-digits.ts'
import type { Failure } from '../errors.ts'
import { encodeFrame } from '../ipc/frame.ts'
import type { ExchangeEventMessage, ExchangeMessage } from '../ipc/messages.ts'
import type { SendFrame } from './transport.ts'

/** However small they are: whoever sends single bytes is not read without end in one turn of this process. */
const KEPT_PIECES_MAX = 32

export interface OpenExchangeOptions {
  readonly taskId: string
  readonly exchangeId: number
  /** Of the request. */
  readonly hasBody: boolean
  /** Null for one that fails at once. */
  readonly exchange: EgressExchange | null
  readonly send: SendFrame
  /** Told once: nothing of it is sent any more. @param unreadBytes which may still be said to have been read. */
  readonly onClosed: (unreadBytes: number) => void
}

export class OpenExchange {
  readonly #options: OpenExchangeOptions
  /** Whether more of the request may come, and whether the broker has a piece that it has not taken. */
  #mayWrite: boolean
  #isWriting = false
  /** Of the answer, what has been sent and not been read by the guest. */
  #unreadBytes = 0
  /** Whether a piece of it is on its way out of this process. */
  #isLeaving = false
  /** Whether the executor has not taken the last piece. */
  #isTaking = false
  /** What waits for that, or for room. */
  #kept: Uint8Array[] = []
  #keptBytes = 0
  #isComplete = false
  #isReading = false
  #isClosed = false

  constructor(options: OpenExchangeOptions) {
    this.#options = options
    this.#mayWrite = options.hasBody
  }

  /** Waits for the head, and sends the answer from there on. */
  begin(): void {
    void this.#receiveHead()
  }

  /** Throws on what an honest executor never says. */
  hear({ verb, bytes = 0 }: ExchangeMessage, text: string): void {
    const { exchange } = this.#options
    if (verb === 'cancel') this.close()
    else if (verb === 'read') {
      if (bytes < 1 || bytes > this.#unreadBytes) throw new Error('frame: more of an answer is read than was sent')
      this.#unreadBytes -= bytes
      this.#goOn()
    } else if (verb === 'took') {
      if (!this.#isTaking) throw new Error('frame: a piece of an answer is taken that was not sent')
      this.#isTaking = false
      this.#goOn()
    } else {
      if (!this.#mayWrite || this.#isWriting) throw new Error('frame: a request to another host goes on behind its end')
      if (text.length > PIECE_CHARACTERS) throw new Error('frame: a piece of a request is too long')
      if (verb === 'write') void this.#write(text)
      else {
        this.#mayWrite = false
        exchange?.end()
      }
    }
  }

  fail({ code, message }: Failure): void {
    if (this.#isClosed) return
    this.#tell('failure', JSON.stringify([code, message.toWellFormed()]))
    this.close()
  }

  /** Nobody wants it any more, or it has ended. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#kept = []
    this.#options.onClosed(this.#unreadBytes)
    this.#options.exchange?.cancel()
  }

  async #receiveHead(): Promise<void> {
    const { exchange } = this.#options
    if (exchange === null) return
    const result = await exchange.head
    if (this.#isClosed) return
    if (!result.ok) {
      this.fail(result.failure)
      return
    }
    const text = JSON.stringify(result.head).toWellFormed()
    const bytes = Buffer.byteLength(text)
    if (bytes > EXCHANGE_HEAD_BYTES) {
      const limit = EXCHANGE_HEAD_BYTES
      const message = `The head of the answer has ${groupDigits(bytes)} bytes; the limit is ${groupDigits(limit)}.`
      this.fail({ code: 'LIMIT_EGRESS', message, limit, used: bytes })
      return
    }
    if (result.head.hasBody) {
      this.#tell('head', text)
      await this.#readOn()
    } else {
      this.#tell('bodiless', text)
      this.close()
    }
  }

  /** Reads ahead as much as one piece has: so the end is known, and told without being asked for. */
  async #readOn(): Promise<void> {
    const { exchange } = this.#options
    this.#sendKept()
    if (this.#isReading || exchange === null) return
    this.#isReading = true
    while (!this.#isClosed && this.#keptBytes < EGRESS_PIECE_BYTES && this.#kept.length < KEPT_PIECES_MAX) {
      // oxlint-disable-next-line no-await-in-loop -- pieces come one after the other
      const piece = await exchange.read()
      if (this.#isClosed) return
      if (!piece.ok) {
        this.fail(piece.failure)
        return
      }
      if (piece.bytes === null) {
        this.#isComplete = true
        this.#sendKept()
        return
      }
      if (piece.bytes.length > EGRESS_PIECE_BYTES) {
        this.fail(SERVICE_FAILED)
        return
      }
      if (piece.bytes.length > 0) this.#kept.push(piece.bytes)
      this.#keptBytes += piece.bytes.length
      this.#sendKept()
    }
    this.#isReading = false
  }

  /**
   * The guest holds as much as one piece has, be it one or many: so an answer that is small ends although nobody reads it.
   * Until the executor has taken one piece, and until that has left this process at all, small ones become one.
   */
  #sendKept(): void {
    const roomBytes = Math.min(EGRESS_PIECE_BYTES - this.#unreadBytes, this.#keptBytes)
    if (roomBytes > 0 && !this.#isLeaving && !this.#isTaking) {
      const bytes = this.#takeKept(roomBytes)
      this.#unreadBytes += bytes.length
      this.#isTaking = true
      this.#isLeaving = true
      this.#tell('piece', bytes.toString('base64'), () => {
        this.#isLeaving = false
        this.#goOn()
      })
    }
    if (!this.#isComplete || this.#keptBytes > 0 || this.#isClosed) return
    this.#tell('end')
    this.close()
  }

  #goOn(): void {
    if (!this.#isClosed) void this.#readOn()
  }

  #takeKept(bytes: number): Buffer {
    const all = this.#kept.length === 1 ? this.#kept[0] : Buffer.concat(this.#kept)
    if (all === undefined) return Buffer.alloc(0)
    this.#kept = all.length > bytes ? [all.subarray(bytes)] : []
    this.#keptBytes -= bytes
    return Buffer.from(all.buffer, all.byteOffset, bytes)
  }

  async #write(text: string): Promise<void> {
    const { exchange } = this.#options
    this.#isWriting = true
    const isWanted = (await exchange?.write(Buffer.from(text, 'base64'))) ?? false
    this.#isWriting = false
    if (this.#isClosed) return
    // What still comes of it is no offence: the executor has not heard of the end yet.
    if (!isWanted) this.#mayWrite = false
    this.#tell(isWanted ? 'room' : 'closed')
  }

  #tell(event: ExchangeEventMessage['event'], text = '', onLeft?: () => void): void {
    const { taskId, exchangeId, send } = this.#options
    send(
      encodeFrame({ type: 'exchangeEvent', taskId, exchangeId, event } satisfies ExchangeEventMessage, [text]),
      onLeft,
    )
  }
}
