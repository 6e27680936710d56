// Streams as the rest of the guest program makes and reads them, whatever the guest has done to their classes. Other groups
// reach these functions as stubs, which load this one.
import { ReadableStream, ReadableStreamDefaultReader, TransformStream } from 'web-streams-polyfill'
import { isObject, PromiseIntrinsic, typedArrayLength } from '../../intrinsics.ts'
import { structuredCloneOf } from '../clone/structured-clone.ts'
import type { HeldPiece } from './held-piece.ts'
import {
  byobRequestOf,
  cancelReader,
  closeBytes,
  closeChunks,
  enqueueBytes,
  enqueueChunk,
  enqueueTransformed,
  isByteStream,
  isReadable,
  lockedOf,
  NO_QUEUE,
  ONE_CHUNK,
  readableOf,
  readChunk,
  respond,
  teeStream,
  waitForRoom,
  wasDisturbed,
  writableOf,
} from './library.ts'

/** Where the bytes of a stream come from. */
export interface ByteSource {
  /**
   * Asked when somebody reads, and not again before it has settled. The stream takes the buffer of the piece away, so that
   * nothing else may be in it. A rejection is the error of the stream.
   */
  readonly pull: () => Promise<HeldPiece>
  /** The reader wants no more. May be asked while a `pull` is in progress, whose piece is dropped then. */
  readonly cancel: (reason: unknown) => Promise<void> | undefined
}

export interface Piece {
  readonly done: boolean
  /** Whatever the stream has; undefined at the end. */
  readonly value: unknown
}

export interface Pieces {
  /** Rejects with the error of the stream. */
  readonly next: () => Promise<Piece>
  readonly cancel: (reason: unknown) => Promise<void>
}

/** The readable side of a transform stream. */
export interface Output {
  /** Throws when nobody can read it any more. */
  readonly enqueue: (piece: unknown) => void
  /** Settles when a reader wants more, or never will: what puts many pieces for one chunk waits for it between them. */
  readonly room: () => Promise<void>
}

/** What a transform stream does; an error that is thrown becomes the error of both sides. */
export interface TransformSteps {
  readonly transform: (chunk: unknown, output: Output) => Promise<void> | void
  readonly flush: (output: Output) => Promise<void> | void
}

export interface StreamPair {
  readonly readable: object
  readonly writable: object
}

/** Whether it is a stream of the class of the service. */
export function isReadableStream(value: unknown): boolean {
  return isObject(value) && isReadable(value)
}

/** Whether it has ever been read from or cancelled. For readable streams only, as everything below. */
export function isDisturbed(stream: object): boolean {
  return wasDisturbed(stream)
}

export function isLocked(stream: object): boolean {
  return lockedOf(stream)
}

/** A readable byte stream that keeps nothing: it asks its source when it is read from. */
export function createByteStream({ pull, cancel }: ByteSource): object {
  const source = {
    __proto__: null,
    type: 'bytes',
    async pull(controller: object) {
      await pullPiece(controller, pull)
    },
    cancel,
  }
  return new ReadableStream(source as unknown as { type: 'bytes' }, NO_QUEUE)
}

async function pullPiece(controller: object, pull: ByteSource['pull']): Promise<void> {
  let { bytes } = await pull()
  // A stream of bytes has no empty pieces.
  while (bytes !== null && typedArrayLength(bytes) === 0) {
    // oxlint-disable-next-line no-await-in-loop -- one piece after the other
    const { bytes: next } = await pull()
    bytes = next
  }
  if (bytes !== null) {
    enqueueBytes(controller, bytes)
    return
  }
  closeBytes(controller)
  const request = byobRequestOf(controller)
  if (request !== null) respond(request, 0)
}

/** Locks the stream for good. Throws a TypeError when it is locked already. */
export function readPieces(stream: object): Pieces {
  const reader = new ReadableStreamDefaultReader(stream as ReadableStream)
  return {
    __proto__: null,
    // Not async: a promise that is resolved with another asks that one's class for `then`.
    // oxlint-disable-next-line typescript/promise-function-async
    next: () =>
      new PromiseIntrinsic<Piece>((resolve, reject) => {
        readChunk(stream, {
          __proto__: null,
          _chunkSteps: (value: unknown) => resolve(pieceOf(false, value)),
          _closeSteps: () => resolve(pieceOf(true, undefined)),
          _errorSteps: reject,
        } as unknown as Parameters<typeof readChunk>[1])
      }),
    async cancel(reason: unknown) {
      await cancelReader(reader, reason)
    },
  } as unknown as Pieces
}

/** It has no prototype on which somebody could have put a `then`. */
const pieceOf = (done: boolean, value: unknown): Piece => ({ __proto__: null, done, value }) as Piece

/** Both have the same chunks from now on, the second one copies of them; the stream itself is locked. */
export function tee(stream: object): readonly [object, object] {
  const branches = teeStream(stream)
  return isByteStream(stream) ? branches : [branches[0], copiesOf(branches[1])]
}

/** A stream of copies, which fails with the first chunk that cannot be copied. */
function copiesOf(stream: object): object {
  const { next, cancel } = readPieces(stream)
  const source = {
    __proto__: null,
    async pull(controller: object) {
      const { done, value } = await next()
      if (done) {
        closeChunks(controller)
        return
      }
      try {
        enqueueChunk(controller, structuredCloneOf(value, undefined))
      } catch (error) {
        void cancel(error)
        throw error
      }
    },
    cancel,
  }
  return new ReadableStream(source, NO_QUEUE)
}

/**
 * Both sides of a transform stream.
 * @param cancel told when its reader or its writer gives up.
 */
export function createTransform({ transform, flush }: TransformSteps, cancel?: () => void): StreamPair {
  let output: Output
  const transformer = {
    __proto__: null,
    start(controller: object) {
      output = {
        __proto__: null,
        enqueue: (piece: unknown) => enqueueTransformed(controller, piece),
        room: async () => waitForRoom(stream),
      } as Output
    },
    transform: (chunk: unknown) => transform(chunk, output),
    flush: () => flush(output),
    cancel: () => cancel?.(),
  }
  const stream = new TransformStream(transformer, ONE_CHUNK, NO_QUEUE)
  return { __proto__: null, readable: readableOf(stream), writable: writableOf(stream) } as StreamPair
}
