// Requests to other hosts that are under way: what the host is told and tells of each, and what becomes of them with their call.
import { EXCHANGE_ACCEPTED, EXCHANGE_EVENT, MAX_EXCHANGE_HEAD_CHARACTERS, MAX_PIECE_BYTES, OP } from '../../bridge.ts'
import { decodeBase64 } from '../../codec/base64.ts'
import {
  jsonParse,
  jsonStringify,
  mapDelete,
  mapGet,
  MapIntrinsic,
  mapSet,
  mathMin,
  typedArrayLength,
} from '../../intrinsics.ts'
import { payingCall } from '../../run/paying-call.ts'
import { partOf } from '../bytes.ts'
import { forEachOf } from '../each-of.ts'
import { readAnswer } from '../host-answer.ts'
import { askHost } from '../host.ts'
import { createItems } from '../sequence.ts'
import { toBase64Text } from '../to-base64.ts'
import type { OnError } from './body.ts'
import { callsInProgress, openPort } from './exchange-port.ts'
import { fetchError, toFetchError } from './fetch-error.ts'

export interface ResponseHead {
  readonly status: number
  readonly statusText: string
  readonly headers: readonly { readonly 0: string; readonly 1: string }[]
  readonly url: string
  readonly isRedirected: boolean
  readonly hasBody: boolean
}

export interface ExchangeListener {
  readonly onHead: (head: ResponseHead) => void
  /** Called once at most, before the head. */
  readonly onFailure: OnError
  /** It is over, however that came. */
  readonly onOver: () => void
}

interface Waiting {
  readonly onPiece: (bytes: Uint8Array | null) => void
  readonly onError: OnError
}

export interface Exchange {
  readonly id: number
  /** The call that it is of. */
  readonly owner: number
  readonly listener: ExchangeListener
  hasHead: boolean
  /** Whether the host has nothing more to tell. */
  isOver: boolean
  /** Why there is nothing more to read, unless that is the end. */
  failure: { readonly error: unknown } | null
  /** What has come and has not been read, which is `MAX_PIECE_BYTES` at most. */
  readonly pieces: Uint8Array[]
  /** How many of `pieces` have been read. */
  taken: number
  /** What has been read, and the host has not been told so. */
  untoldBytes: number
  waiting: Waiting | null
  /** Told whether another piece of the request is wanted. */
  onRoom: ((isWanted: boolean) => void) | null
}

const exchanges = new MapIntrinsic<number, Exchange>()
let lastId = 0

openPort({
  // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
  __proto__: null,
  answer,
  forget,
})

/** Throws what the host has against it. */
export function openExchange(head: object, listener: ExchangeListener): Exchange {
  const owner = payingCall(callsInProgress())
  const text = jsonStringify(head)
  if (text.length > MAX_EXCHANGE_HEAD_CHARACTERS) {
    throw fetchError(
      'LIMIT_EGRESS',
      `The URL and the headers of the request have ${text.length} characters; the limit is ${MAX_EXCHANGE_HEAD_CHARACTERS}.`,
    )
  }
  const id = ++lastId
  const answered = askHost(OP.exchangeOpen, owner, `${id}\n${text}`)
  if (answered !== EXCHANGE_ACCEPTED) throw toFetchError(answered)
  const exchange = {
    __proto__: null,
    id,
    owner,
    listener,
    hasHead: false,
    isOver: false,
    failure: null,
    pieces: createItems<Uint8Array>(),
    taken: 0,
    untoldBytes: 0,
    waiting: null,
    onRoom: null,
  } as Exchange
  mapSet(exchanges, id, exchange)
  return exchange
}

/** The next piece of the answer. One at a time. */
export function readExchange(exchange: Exchange, onPiece: Waiting['onPiece'], onError: OnError): void {
  const { pieces, failure } = exchange
  if (failure !== null) return onError(failure.error)
  if (exchange.taken < pieces.length) {
    const piece = pieces[exchange.taken++] as Uint8Array
    if (exchange.taken === pieces.length) dropPieces(exchange)
    countRead(exchange, piece)
    return onPiece(piece)
  }
  if (exchange.isOver) return onPiece(null)
  exchange.waiting = { __proto__: null, onPiece, onError } as Waiting
}

function dropPieces(exchange: Exchange): void {
  exchange.pieces.length = 0
  exchange.taken = 0
}

/** With less than half of it untold there is room for more on the way, and what is told early comes while this is looked at. */
function countRead(exchange: Exchange, piece: Uint8Array): void {
  exchange.untoldBytes += typedArrayLength(piece)
  const { id, owner, untoldBytes, isOver } = exchange
  if (isOver || untoldBytes < MAX_PIECE_BYTES / 2) return
  exchange.untoldBytes = 0
  askHost(OP.exchangeRead, owner, `${id}\n${untoldBytes}`)
}

/** Sends one piece; `onRoom` is told, perhaps never, whether there is room for the next. */
export function writeExchange(exchange: Exchange, bytes: Uint8Array, onRoom: (isWanted: boolean) => void): void {
  if (exchange.isOver) return onRoom(false)
  exchange.onRoom = onRoom
  askHost(OP.exchangeWrite, exchange.owner, `${exchange.id}\n${toBase64Text(bytes)}`)
}

export function endRequest(exchange: Exchange): void {
  if (!exchange.isOver) tell(OP.exchangeEnd, exchange)
}

/** Nobody wants it any more: what waits for it, and what is read from it later, fails with `error`. */
export function cancelExchange(exchange: Exchange, error: unknown): void {
  if (isRead(exchange)) return
  if (!exchange.isOver) tell(OP.exchangeCancel, exchange)
  fail(exchange, error)
}

/** The piece of a body that begins at `from`. */
export function pieceAt(bytes: Uint8Array, from: number): Uint8Array {
  return partOf(bytes, from, mathMin(MAX_PIECE_BYTES, typedArrayLength(bytes) - from))
}

/** Whether nothing of it is left. */
export const isRead = ({ isOver, pieces }: Exchange): boolean => isOver && pieces.length === 0

function tell(op: number, { id, owner }: Exchange): void {
  askHost(op, owner, `${id}`)
}

function answer(owner: number, payload: string): void {
  const { id, kind, text } = readAnswer(payload)
  const exchange = mapGet(exchanges, id)
  if (exchange === undefined || exchange.owner !== owner) return
  callsInProgress().current = owner
  hear(exchange, kind, text)
}

function hear(exchange: Exchange, event: string, text: string): void {
  if (event === EXCHANGE_EVENT.head || event === EXCHANGE_EVENT.bodiless) {
    const { onHead } = exchange.listener
    exchange.hasHead = true
    if (event === EXCHANGE_EVENT.bodiless) close(exchange)
    onHead(jsonParse(text) as ResponseHead)
  } else if (event === EXCHANGE_EVENT.piece) takePiece(exchange, text)
  else if (event === EXCHANGE_EVENT.end) {
    const { waiting } = exchange
    close(exchange)
    if (waiting === null) return
    const { onPiece } = waiting
    onPiece(null)
  } else if (event === EXCHANGE_EVENT.failure) fail(exchange, toFetchError(text))
  else {
    const { onRoom } = exchange
    exchange.onRoom = null
    if (onRoom !== null) onRoom(event === EXCHANGE_EVENT.room)
  }
}

function takePiece(exchange: Exchange, text: string): void {
  const bytes = decodeBase64(text)
  const { waiting, pieces } = exchange
  if (waiting === null) {
    pieces[pieces.length] = bytes
    return
  }
  exchange.waiting = null
  countRead(exchange, bytes)
  const { onPiece } = waiting
  onPiece(bytes)
}

/** The host has nothing more to tell; what has come can still be read. */
function close(exchange: Exchange): void {
  mapDelete(exchanges, exchange.id)
  exchange.isOver = true
  exchange.waiting = null
  const { onRoom, listener } = exchange
  exchange.onRoom = null
  const { onOver } = listener
  onOver()
  if (onRoom !== null) onRoom(false)
}

function fail(exchange: Exchange, error: unknown): void {
  const { waiting, hasHead, listener } = exchange
  exchange.failure = { __proto__: null, error } as Exchange['failure']
  dropPieces(exchange)
  close(exchange)
  if (!hasHead) {
    const { onFailure } = listener
    onFailure(error)
  } else if (waiting !== null) {
    const { onError } = waiting
    onError(error)
  }
}

/**
 * Calls that wait for one promise go on in each other's entries, and may be the ones that wait: so it fails for them while
 * others are in progress, and stays as it is where nothing else is.
 */
function forget(owner: number): void {
  const { heirUpTo, lastBegun } = callsInProgress()
  const isAwaited = heirUpTo(lastBegun()) !== 0
  forEachOf(exchanges, (exchange) => {
    if (exchange.owner !== owner) return
    if (isAwaited) fail(exchange, toFetchError(''))
    else {
      mapDelete(exchanges, exchange.id)
      exchange.failure = { __proto__: null, error: toFetchError('') } as Exchange['failure']
      exchange.isOver = true
    }
  })
}
