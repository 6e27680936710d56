// fetch: a request goes to the host head first and then piece by piece, and the body of its answer comes as it is read.
import { PromiseIntrinsic, typedArrayLength, TypeErrorIntrinsic, mapDelete, mapSet } from '../../intrinsics.ts'
import { header } from '../header-list.ts'
import type { Header } from '../header-list.ts'
import { events } from '../host.ts'
import { needArguments } from '../interface.ts'
import { createItems } from '../sequence.ts'
import { readPieces } from '../streams/internal.ts'
import type { Pieces } from '../streams/internal.ts'
import { answerBlobUrl } from './blob-url.ts'
import { createBody, knownBytes, own, pieceOf, streamOf } from './body.ts'
import type { Body, OnError, PieceSource } from './body.ts'
import { answerDataUrl } from './data-url.ts'
import { cancelExchange, endRequest, isRead, openExchange, pieceAt, readExchange, writeExchange } from './exchange.ts'
import type { Exchange, ResponseHead } from './exchange.ts'
import { withCause } from './fetch-error.ts'
import { requestsAndResponses } from './gateway.ts'
import type { RequestState } from './request.ts'
import type { ResponseState } from './response.ts'

type Resolve = (response: object) => void

export function startFetch(input: unknown, init: unknown, count: number): Promise<object> {
  return new PromiseIntrinsic((resolve: Resolve, reject: OnError) => {
    needArguments(count, 1, 'fetch')
    const { readRequest, createResponse } = requestsAndResponses()
    const request = readRequest(input, init)
    const signal = signalStateOf(request.source)
    if (signal !== undefined && signal.isAborted) {
      if (request.body !== null) cancelBody(request.body, signal.reason)
      throw signal.reason
    }
    const { scheme, target } = request.address
    if (scheme === 'data') return resolve(createResponse(answerDataUrl(target)))
    if (scheme === 'blob') return resolve(createResponse(answerBlobUrl(request)))
    if (scheme !== 'http' && scheme !== 'https') {
      throw new TypeErrorIntrinsic(
        `fetch: the URL has the scheme '${scheme}'; only http, https, data and blob can be fetched`,
      )
    }
    send(request, (state) => resolve(createResponse(state)), reject)
  })
}

function signalStateOf(source: object | null): ReturnType<ReturnType<typeof events>['signalStateOf']> {
  if (source === null) return undefined
  const { signalStateOf: find } = events()
  return find(source)
}

function send(request: RequestState, onResponse: (state: ResponseState) => void, reject: OnError): void {
  const { body, source, redirect } = request
  const bytes = body === null ? undefined : knownBytes(body)
  const signal = signalStateOf(source)
  const key: object = { __proto__: null }
  let stopSending: OnError = () => undefined
  const exchange: Exchange = openExchange(toHead(request, bytes), {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    onHead: (head) => onResponse(toState(head, redirect, createSource(exchange))),
    onFailure: reject,
    onOver: () => {
      if (signal !== undefined && isRead(exchange)) mapDelete(signal.algorithms, key)
      stopSending(exchange.failure?.error)
    },
  })
  if (signal !== undefined) mapSet(signal.algorithms, key, () => cancelExchange(exchange, signal.reason))
  if (body !== null) {
    if (bytes === undefined) stopSending = sendStream(exchange, readPieces(streamOf(body)))
    else sendBytes(exchange, bytes, 0)
    body.isUsed = true
  }
}

function toHead({ address, method, list, redirect, body }: RequestState, bytes: Uint8Array | undefined): object {
  const headers = createItems<object>()
  for (let index = 0; index < list.length; index++) {
    const { name, value } = list[index] as Header
    const pair = createItems<string>()
    pair[0] = name
    pair[1] = value
    headers[index] = pair
  }
  const head = { __proto__: null, method, url: address.target, headers, redirect, hasBody: body !== null }
  return bytes === undefined ? head : { ...head, __proto__: null, bodyBytes: typedArrayLength(bytes) }
}

function sendBytes(exchange: Exchange, bytes: Uint8Array, from: number): void {
  if (from >= typedArrayLength(bytes)) return endRequest(exchange)
  const piece = pieceAt(bytes, from)
  const next = from + typedArrayLength(piece)
  writeExchange(exchange, piece, (isWanted) => {
    if (isWanted) sendBytes(exchange, bytes, next)
  })
}

/** @returns what stops it. */
function sendStream(exchange: Exchange, reader: Pieces): OnError {
  const { cancel } = reader
  let isSending = true
  void sendAll(exchange, reader, () => (isSending = false))
  return (reason) => {
    if (isSending) void cancel(reason)
    isSending = false
  }
}

/** What the stream gives is sent before it is asked for more. Never rejects. */
async function sendAll(exchange: Exchange, { next, cancel }: Pieces, onEnd: () => void): Promise<void> {
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a stream gives one piece after the other
      const { done, value } = await own(next())
      if (done) break
      const bytes = pieceOf(value, cancel)
      for (let from = 0; from < typedArrayLength(bytes);) {
        const piece = pieceAt(bytes, from)
        // oxlint-disable-next-line no-await-in-loop -- there is room for one piece
        if (!(await own(whenWritten(exchange, piece)))) return exchange.isOver ? undefined : void cancel(undefined)
        from += typedArrayLength(piece)
      }
    }
    onEnd()
    endRequest(exchange)
  } catch (error) {
    onEnd()
    cancelExchange(exchange, withCause('fetch failed: the stream of the body failed', error))
  }
}

/** Whether more is wanted. */
function whenWritten(exchange: Exchange, piece: Uint8Array): Promise<boolean> {
  return new PromiseIntrinsic((resolve) => writeExchange(exchange, piece, resolve))
}

function cancelBody({ stream }: Body, reason: unknown): void {
  if (stream === null) return
  const { cancel } = readPieces(stream)
  void cancel(reason)
}

function createSource(exchange: Exchange): PieceSource {
  return {
    __proto__: null,
    read: (onPiece, onError) => readExchange(exchange, onPiece, onError),
    cancel: (reason) => cancelExchange(exchange, reason),
  } as PieceSource
}

function toState(head: ResponseHead, redirect: string, source: PieceSource): ResponseState {
  const { status, statusText, headers, url, isRedirected, hasBody } = head
  const list = createItems<Header>()
  for (let index = 0; index < headers.length; index++) {
    const pair = headers[index] as { readonly 0: string; readonly 1: string }
    list[index] = header(pair[0], pair[1])
  }
  return {
    __proto__: null,
    type: 'basic',
    url,
    isRedirected: isRedirected && redirect === 'follow',
    status,
    statusText,
    list,
    isImmutable: true,
    body: hasBody ? createBody(source) : null,
  } as ResponseState
}
