// What the transfer of streams asks of the library, by methods that are captured before a guest can reach its classes. The
// transfer is a group of its own, which gets this when it is first needed.
// oxlint-disable no-underscore-dangle -- the library's names
import {
  ReadableStream,
  ReadableStreamDefaultController,
  TransformStream,
  WritableStream,
  WritableStreamDefaultController,
} from 'web-streams-polyfill'
import { apply, getOwnPropertyDescriptor } from '../../intrinsics.ts'
import {
  capture,
  closeChunks,
  enqueueChunk,
  isOf,
  isReadable,
  lockedOf,
  NO_QUEUE,
  ONE_CHUNK,
  readableOf,
  writableOf,
} from './library.ts'

const writableLockedOf = capture(WritableStream, 'locked') as (stream: object) => boolean
const errorChunks = capture(ReadableStreamDefaultController, 'error')
const errorWritable = capture(WritableStreamDefaultController, 'error')
const { value: pipeTo } = getOwnPropertyDescriptor(ReadableStream.prototype, 'pipeTo') as PropertyDescriptor & {
  readonly value: () => unknown
}

export interface TransferLibrary {
  readonly isReadable: (value: object) => boolean
  readonly isWritable: (value: object) => boolean
  readonly isTransform: (value: object) => boolean
  readonly lockedOf: (readable: object) => boolean
  readonly writableLockedOf: (writable: object) => boolean
  readonly readableOf: (transform: object) => object
  readonly writableOf: (transform: object) => object
  /** It has no queue: its source is asked when somebody reads. */
  readonly createReadable: (source: object) => object
  readonly createWritable: (sink: object) => object
  /** A transform stream with these sides. */
  readonly joinSides: (readable: object, writable: object) => object
  /** Locks both. Never rejects: what goes wrong is the error of both. */
  readonly pipe: (from: object, into: object) => Promise<void>
  readonly enqueueChunk: (controller: object, chunk: unknown) => void
  readonly closeChunks: (controller: object) => void
  readonly errorChunks: (controller: object, error: unknown) => void
  readonly errorWritable: (controller: object, error: unknown) => void
}

const NO_OPTIONS = { __proto__: null }

/** Made when it is needed: what is there from the start costs each isolate time that has streams made already. */
export function createTransferLibrary(): TransferLibrary {
  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    isReadable,
    isWritable: (value) => isOf(value, '_writableStreamController', writableLockedOf),
    isTransform: (value) => isOf(value, '_transformStreamController', readableOf),
    lockedOf,
    writableLockedOf,
    readableOf,
    writableOf,
    createReadable: (source) => new ReadableStream(source, NO_QUEUE),
    createWritable: (sink) => new WritableStream(sink, ONE_CHUNK),
    joinSides(readable, writable) {
      const stream = new TransformStream() as unknown as { _readable: object; _writable: object }
      stream._readable = readable
      stream._writable = writable
      return stream
    },
    async pipe(from, into) {
      try {
        await (apply(pipeTo, from, [into, NO_OPTIONS]) as Promise<void>)
      } catch {
        // As said.
      }
    },
    enqueueChunk,
    closeChunks,
    errorChunks,
    errorWritable,
  }
}
