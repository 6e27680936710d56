// The body of a request or a response. A text or bytes stay what they are; a stream is made when code asks for one.
import {
  defineValue,
  isObject,
  PromiseIntrinsic,
  typedArrayLength,
  typedArrayName,
  TypeErrorIntrinsic,
} from '../../intrinsics.ts'
import { bytesOf, copyBytes, joinBytes } from '../bytes.ts'
import { toUsvString } from '../convert.ts'
import { createItems } from '../sequence.ts'
import { holdPiece } from '../streams/held-piece.ts'
import type { HeldPiece } from '../streams/held-piece.ts'
import { createByteStream, isDisturbed, isLocked, isReadableStream, readPieces, tee } from '../streams/internal.ts'
import type { Pieces } from '../streams/internal.ts'
import { encodeUtf8 } from '../utf8.ts'
import { findBodySource } from './body-sources.ts'

type OnPiece = (bytes: Uint8Array | null) => void
export type OnError = (error: unknown) => void

/** Where the pieces of an answer come from. */
export interface PieceSource {
  /** Exactly one of the two is called, with null at the end. One at a time. */
  readonly read: (onPiece: OnPiece, onError: OnError) => void
  readonly cancel: (reason: unknown) => void
}

export interface Body {
  /** A well-formed text, bytes that nobody else changes, or what gives pieces; null when only the stream is left. */
  readonly content: string | Uint8Array | PieceSource | null
  /** Once code has asked for it, or has given it. */
  stream: object | null
  /** Whether it was read, or given away, without a stream. */
  isUsed: boolean
}

export interface ExtractedBody {
  readonly body: Body
  /** The content type that goes with it; empty for none. */
  readonly type: string
}

export function createBody(content: Body['content'], stream: object | null = null): Body {
  return { __proto__: null, content, stream, isUsed: false } as Body
}

/** What the standard calls `extract`. Runs code of the guest for objects that are no kind of body. */
export function extractBody(value: unknown): ExtractedBody {
  if (typeof value !== 'string' && isObject(value)) {
    const bytes = bytesOf(value)
    if (bytes !== undefined) return extracted(createBody(copyBytes(bytes)), '')
    const source = findBodySource(value)
    if (source !== undefined) return extracted(createBody(source.content), source.type)
    if (isReadableStream(value)) {
      if (isDisturbed(value) || isLocked(value)) {
        throw new TypeErrorIntrinsic('The stream of the body is locked, or has been read from')
      }
      return extracted(createBody(null, value), '')
    }
  }
  return extracted(createBody(toUsvString(value)), 'text/plain;charset=UTF-8')
}

const extracted = (body: Body, type: string): ExtractedBody => ({ __proto__: null, body, type }) as ExtractedBody

/** What bytes a body has that has not been read, or undefined when nobody knows. */
export function knownBytes({ content, stream }: Body): Uint8Array | undefined {
  if (stream !== null || content === null) return undefined
  if (typeof content === 'string') return encodeUtf8(content)
  return isPieceSource(content) ? undefined : content
}

export const isPieceSource = (content: NonNullable<Body['content']>): content is PieceSource =>
  typeof content !== 'string' && typedArrayName(content) === undefined

export const isUsed = ({ stream, isUsed: isRead }: Body): boolean => isRead || (stream !== null && isDisturbed(stream))

/** Whether it can be read neither by a method nor be sent. */
export const isUnusable = (body: Body): boolean => isUsed(body) || (body.stream !== null && isLocked(body.stream))

export function streamOf(body: Body): object {
  if (body.stream !== null) return body.stream
  const { content, isUsed: wasUsed } = body
  const stream = wasUsed ? emptyStream() : createByteStream(toByteSource(content))
  body.stream = stream
  // What was read by a method is locked, and nothing is left of it.
  if (wasUsed) {
    const { next } = readPieces(stream)
    void next()
  }
  return stream
}

const emptyStream = (): object => createByteStream(toByteSource(''))

function toByteSource(content: Body['content']): Parameters<typeof createByteStream>[0] {
  const source = content === null || typeof content === 'string' || !isPieceSource(content) ? null : content
  let rest = source === null ? wholeOf(content) : null
  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    pull: () =>
      new PromiseIntrinsic<HeldPiece>((resolve, reject) => {
        if (source !== null) {
          const { read } = source
          return read((bytes) => resolve(holdPiece(bytes)), reject)
        }
        const piece = rest
        rest = null
        resolve(holdPiece(piece))
      }),
    cancel(reason: unknown) {
      rest = null
      if (source === null) return
      const { cancel } = source
      cancel(reason)
    },
  }
}

/** Nothing is no piece. */
function wholeOf(content: Body['content']): Uint8Array | null {
  const bytes = typeof content === 'string' ? encodeUtf8(content) : copyBytes(content as Uint8Array)
  return typedArrayLength(bytes) === 0 ? null : bytes
}

/** A second body with the same content; of a stream, each has a half of what it becomes. */
export function cloneBody(body: Body): Body {
  const { content } = body
  if (body.stream === null && content !== null && !isPieceSource(content)) return createBody(content)
  const { 0: kept, 1: other } = tee(streamOf(body))
  body.stream = kept
  return createBody(null, other)
}

/** The body for a request that is made of another one, which keeps its stream, locked. */
export function takeBody(body: Body): Body {
  const { content, stream } = body
  body.isUsed = true
  return createBody(stream === null ? content : sourceOf(readPieces(stream)))
}

/** The pieces of a guest may be in buffers that it still has. */
function sourceOf(pieces: Pieces): PieceSource {
  const { cancel } = pieces
  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    read: (onPiece, onError) => void readNext(pieces, onPiece, onError),
    cancel: (reason) => void cancel(reason),
  }
}

async function readNext({ next, cancel }: Pieces, onPiece: OnPiece, onError: OnError): Promise<void> {
  let bytes: Uint8Array | null
  try {
    const { done, value } = await own(next())
    bytes = done ? null : copyBytes(pieceOf(value, cancel))
  } catch (error) {
    return onError(error)
  }
  onPiece(bytes)
}

/**
 * Reads all of it. It cannot be read a second time.
 * @param onDone told the text that it is, or its bytes, which nobody else has.
 */
export function readBody(body: Body, onDone: (content: string | Uint8Array) => void, onError: OnError): void {
  const { content, stream } = body
  body.isUsed = true
  if (stream !== null) void drainStream(readPieces(stream), onDone, onError)
  else if (typeof content === 'string') onDone(content)
  else if (content === null) onDone('')
  else if (isPieceSource(content)) drainSource(content, onDone, onError)
  else onDone(copyBytes(content))
}

/** Many pieces may have come, which are read one after the other and not one within the other. */
function drainSource({ read }: PieceSource, onDone: (bytes: Uint8Array) => void, onError: OnError): void {
  const pieces = createItems<Uint8Array>()
  let isAsking = false
  let hasCome = false
  const take = (piece: Uint8Array | null): void => {
    if (piece === null) return onDone(joinBytes(pieces))
    pieces[pieces.length] = piece
    if (isAsking) hasCome = true
    else ask()
  }
  const ask = (): void => {
    isAsking = true
    do {
      hasCome = false
      read(take, onError)
    } while (hasCome)
    isAsking = false
  }
  ask()
}

async function drainStream(
  { next, cancel }: Pieces,
  onDone: (bytes: Uint8Array) => void,
  onError: OnError,
): Promise<void> {
  const pieces = createItems<Uint8Array>()
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a stream gives one piece after the other
      const { done, value } = await own(next())
      if (done) break
      pieces[pieces.length] = pieceOf(value, cancel)
    }
  } catch (error) {
    return onError(error)
  }
  onDone(joinBytes(pieces))
}

/** Of a stream that a guest has given, which may give anything. */
export function pieceOf(value: unknown, cancel: Pieces['cancel']): Uint8Array {
  if (isObject(value) && typedArrayName(value) === 'Uint8Array') return value as Uint8Array
  const error = new TypeErrorIntrinsic('The stream of the body gave something else than a Uint8Array')
  void cancel(error)
  throw error
}

/** A promise of the guest program that is waited for without asking what a guest may have replaced. */
export function own<Value>(promise: Promise<Value>): Promise<Value> {
  defineValue(promise, 'constructor', PromiseIntrinsic)
  return promise
}
