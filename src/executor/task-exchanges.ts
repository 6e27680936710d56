// The requests of one task to other hosts: which are under way, what may be said of each, and how many there may be.
import { EXCHANGE_ACCEPTED, EXCHANGE_EVENT, OP } from '../../sandbox/src/bridge.ts'
import { EXCHANGE_HEAD_BYTES, EXCHANGES_ASKED_MAX, EXCHANGES_MAX, PIECE_CHARACTERS } from '../core/egress-bounds.ts'
import { groupDigits } from '../core/group-digits.ts'
import type { ErrorCode } from '../errors.ts'
import { readExchangeHead } from '../ipc/exchange-head.ts'
import type { ExchangeEventMessage, ExchangeMessage } from '../ipc/messages.ts'

export type SendExchange = (message: ExchangeMessage, text?: string) => void

/** For code that runs outside of any call. */
export const NO_CALL = refuse(
  'EGRESS_DENIED',
  'Requests to other hosts are made by calls, and there is none while a module is loaded.',
)

const LAST_EVENTS: ReadonlySet<string> = new Set([EXCHANGE_EVENT.bodiless, EXCHANGE_EVENT.end, EXCHANGE_EVENT.failure])

interface Exchange {
  /** Whether more of the request may come, and whether a piece of it is on its way. */
  mayWrite: boolean
  isWriting: boolean
  /** Of the answer, what has come and has not been read. */
  unreadBytes: number
}

export class TaskExchanges {
  readonly #taskId: string
  readonly #send: SendExchange
  readonly #open = new Map<number, Exchange>()
  #lastId = 0
  #asked = 0

  constructor(taskId: string, send: SendExchange) {
    this.#taskId = taskId
    this.#send = send
  }

  /** What the guest program says, which a hostile guest may have brought to say anything. Answers what it is told. */
  hear(op: number, payload: string): string {
    const idEnd = payload.indexOf('\n')
    const exchangeId = Number(idEnd < 0 ? payload : payload.slice(0, idEnd))
    const text = idEnd < 0 ? '' : payload.slice(idEnd + 1)
    if (!Number.isSafeInteger(exchangeId) || exchangeId < 1) return refuse('EGRESS_DENIED', 'The request is malformed.')
    if (op === OP.exchangeOpen) return this.#begin(exchangeId, text)
    const exchange = this.#open.get(exchangeId)
    if (exchange === undefined) return ''
    if (op === OP.exchangeWrite) return this.#write(exchangeId, exchange, text)
    if (op === OP.exchangeEnd) {
      if (!exchange.mayWrite || exchange.isWriting) return ''
      exchange.mayWrite = false
      this.#say(exchangeId, 'end')
    } else if (op === OP.exchangeRead) {
      const bytes = Number(text)
      if (!Number.isSafeInteger(bytes) || bytes < 1 || bytes > exchange.unreadBytes) return ''
      exchange.unreadBytes -= bytes
      this.#send({ type: 'exchange', taskId: this.#taskId, exchangeId, verb: 'read', bytes })
    } else {
      this.#open.delete(exchangeId)
      this.#say(exchangeId, 'cancel')
    }
    return EXCHANGE_ACCEPTED
  }

  /** What the guest program is to be told of it; null for what has been cancelled meanwhile. */
  take({ exchangeId, event }: ExchangeEventMessage, text: string): string | null {
    const exchange = this.#open.get(exchangeId)
    if (exchange === undefined) return null
    if (LAST_EVENTS.has(event)) this.#open.delete(exchangeId)
    else if (event === EXCHANGE_EVENT.piece) exchange.unreadBytes += Buffer.byteLength(text, 'base64')
    else if (event === EXCHANGE_EVENT.room) exchange.isWriting = false
    else if (event === EXCHANGE_EVENT.closed) exchange.mayWrite = false
    return `${exchangeId}\n${event}\n${text}`
  }

  /** The guest program has been told: of an answer the next piece may come. */
  told({ exchangeId, event }: ExchangeEventMessage): void {
    if (event === EXCHANGE_EVENT.piece && this.#open.has(exchangeId)) this.#say(exchangeId, 'took')
  }

  #begin(exchangeId: number, text: string): string {
    if (text.length > EXCHANGE_HEAD_BYTES || Buffer.byteLength(text) > EXCHANGE_HEAD_BYTES) {
      const numbers = `${groupDigits(Buffer.byteLength(text))} bytes; the limit is ${groupDigits(EXCHANGE_HEAD_BYTES)}.`
      return refuse('LIMIT_EGRESS', `The URL and the headers of the request have ${numbers}`)
    }
    const wellFormed = text.toWellFormed()
    const head = readExchangeHead(wellFormed)
    if (head === null || exchangeId <= this.#lastId) return refuse('EGRESS_DENIED', 'The request is malformed.')
    if (this.#open.size >= EXCHANGES_MAX) {
      return refuse(
        'LIMIT_EGRESS',
        `${EXCHANGES_MAX} requests are in progress, which is the limit; one whose body is neither read nor cancelled counts.`,
      )
    }
    if (this.#asked >= EXCHANGES_ASKED_MAX) {
      return refuse('LIMIT_EGRESS', `${groupDigits(EXCHANGES_ASKED_MAX)} requests were made, which is the limit.`)
    }
    this.#lastId = exchangeId
    this.#asked++
    this.#open.set(exchangeId, { mayWrite: head.hasBody, isWriting: false, unreadBytes: 0 })
    this.#say(exchangeId, 'open', wellFormed)
    return EXCHANGE_ACCEPTED
  }

  #write(exchangeId: number, exchange: Exchange, text: string): string {
    if (!exchange.mayWrite || exchange.isWriting || text.length > PIECE_CHARACTERS) return ''
    exchange.isWriting = true
    this.#say(exchangeId, 'write', text.toWellFormed())
    return EXCHANGE_ACCEPTED
  }

  #say(exchangeId: number, verb: ExchangeMessage['verb'], text?: string): void {
    this.#send({ type: 'exchange', taskId: this.#taskId, exchangeId, verb }, text)
  }
}

export function isExchangeOp(op: number): boolean {
  return op >= OP.exchangeOpen && op <= OP.exchangeCancel
}

function refuse(code: ErrorCode, message: string): string {
  return JSON.stringify([code, message])
}
