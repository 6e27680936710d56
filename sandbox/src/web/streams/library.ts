// The library of streams, and what the guest program itself does with its streams: by methods that are captured before a
// guest can reach their classes, and by the members that the library keeps its state in.
// oxlint-disable no-underscore-dangle -- the library's names
import {
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
} from 'web-streams-polyfill'
import { apply, objectHasOwn, getOwnPropertyDescriptor, getOwnPropertySymbols, toText } from '../../intrinsics.ts'

type Method = (this: object, ...args: readonly unknown[]) => unknown

interface Class {
  readonly prototype: object
}

/** A method or the getter of a property, as a function whose first argument is the receiver. */
export function capture(owner: Class, name: string): (receiver: object, argument?: unknown) => unknown {
  const { value, get } = getOwnPropertyDescriptor(owner.prototype, name) as PropertyDescriptor
  const method = (get ?? value) as Method
  return (receiver, argument) => apply(method, receiver, argument === undefined ? [] : [argument])
}

export const lockedOf = capture(ReadableStream, 'locked') as (stream: object) => boolean
export const teeStream = capture(ReadableStream, 'tee') as (stream: object) => readonly [object, object]
export const cancelReader = capture(ReadableStreamDefaultReader, 'cancel') as (
  reader: object,
  reason: unknown,
) => Promise<void>
export const enqueueBytes = capture(ReadableByteStreamController, 'enqueue')
export const closeBytes = capture(ReadableByteStreamController, 'close')
export const enqueueChunk = capture(ReadableStreamDefaultController, 'enqueue')
export const closeChunks = capture(ReadableStreamDefaultController, 'close')
export const byobRequestOf = capture(ReadableByteStreamController, 'byobRequest') as (
  controller: object,
) => object | null
export const respond = capture(ReadableStreamBYOBRequest, 'respond')
export const readableOf = capture(TransformStream, 'readable') as (stream: object) => object
export const writableOf = capture(TransformStream, 'writable') as (stream: object) => object
export const enqueueTransformed = capture(TransformStreamDefaultController, 'enqueue')

/** What the standard has where nothing is said; an object with a prototype would be asked for more. */
export const ONE_CHUNK = { __proto__: null, highWaterMark: 1 } as unknown as { highWaterMark: number }
export const NO_QUEUE = { __proto__: null, highWaterMark: 0 } as unknown as { highWaterMark: number }

/** Whether it is of the class of the service, which a program can claim of an object and no more. */
export const isReadable = (value: object): boolean => isOf(value, '_readableStreamController', lockedOf)

/** @param ask throws for what is not of the class. */
export function isOf(value: object, mark: string, ask: (value: object) => unknown): boolean {
  if (!objectHasOwn(value, mark)) return false
  try {
    ask(value)
    return true
  } catch {
    return false
  }
}

/** The members of a readable stream that reading asks for. */
interface StreamState {
  _disturbed: boolean
  readonly _state: 'readable' | 'closed' | 'errored'
  readonly _storedError: unknown
  readonly _readableStreamController: Readonly<Record<symbol, (request: ReadRequest) => void>>
}

/** The members of a transform stream that say whether its reader wants more. */
interface TransformState {
  readonly _backpressure: boolean
  readonly _backpressureChangePromise: Promise<void>
}

/** What is called once, with what a read comes to. */
export interface ReadRequest {
  readonly _chunkSteps: (chunk: unknown) => void
  readonly _closeSteps: () => void
  readonly _errorSteps: (error: unknown) => void
}

/** Of a stream of the class of the service, which cannot be without a controller. */
export const isByteStream = (stream: object): boolean =>
  objectHasOwn((stream as StreamState)._readableStreamController, '_controlledReadableByteStream')

export const wasDisturbed = (stream: object): boolean => (stream as StreamState)._disturbed

/** A transform stream that is cancelled or has failed has room, too: what is put into it throws. */
export async function waitForRoom(stream: object): Promise<void> {
  const state = stream as TransformState
  // oxlint-disable-next-line no-await-in-loop -- one change after the other
  while (state._backpressure) await state._backpressureChangePromise
}

/** The name of the step of a controller that answers a read, which both kinds of controllers have. */
const pullSteps = findSymbol(ReadableStreamDefaultController, 'Symbol([[PullSteps]])')

function findSymbol({ prototype }: Class, description: string): symbol {
  const symbols = getOwnPropertySymbols(prototype)
  for (let index = 0; index < symbols.length; index++) {
    if (toText(symbols[index]) === description) return symbols[index] as symbol
  }
  return symbols[0] as symbol
}

/** Reads from a stream that a reader has locked. No promise is made, so that no `then` of a guest's is asked for. */
export function readChunk(stream: object, request: ReadRequest): void {
  const state = stream as StreamState
  const { _chunkSteps: _, _closeSteps: close, _errorSteps: fail } = request
  state._disturbed = true
  if (state._state === 'closed') close()
  else if (state._state === 'errored') fail(state._storedError)
  else apply(state._readableStreamController[pullSteps] as Method, state._readableStreamController, [request])
}
