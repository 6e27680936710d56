// What the transfer of streams asks of the library, by methods that are captured before a guest can reach its classes.
// oxlint-disable no-underscore-dangle -- the library's names
import {
  ReadableStream,
  ReadableStreamDefaultController,
  TransformStream,
  WritableStream,
  WritableStreamDefaultController,
} from 'web-streams-polyfill'
import { apply, objectHasOwn } from '../../intrinsics.ts'
import { capture, lockedOf, readableOf } from './library.ts'

export const writableLockedOf = capture(WritableStream, 'locked') as (stream: object) => boolean
export const errorChunks = capture(ReadableStreamDefaultController, 'error')
export const errorWritable = capture(WritableStreamDefaultController, 'error')
const { pipeTo } = ReadableStream.prototype

/** The standard's defaults; an object with a prototype would be asked for more. */
const NO_OPTIONS = { __proto__: null }
const ONE_CHUNK = { __proto__: null, highWaterMark: 1 } as unknown as { highWaterMark: number }
const NO_QUEUE = { __proto__: null, highWaterMark: 0 } as unknown as { highWaterMark: number }

/** Whether it is one of the service's own, which a program can claim of an object and no more. */
export const isReadable = (value: object): boolean => isOf(value, '_readableStreamController', lockedOf)
export const isWritable = (value: object): boolean => isOf(value, '_writableStreamController', writableLockedOf)
export const isTransform = (value: object): boolean => isOf(value, '_transformStreamController', readableOf)

function isOf(value: object, mark: string, ask: (value: object) => unknown): boolean {
  if (!objectHasOwn(value, mark)) return false
  try {
    ask(value)
    return true
  } catch {
    return false
  }
}

/** It has no queue: its source is asked when somebody reads. */
export const createReadable = (source: object): object => new ReadableStream(source, NO_QUEUE)

export const createWritable = (sink: object): object => new WritableStream(sink, ONE_CHUNK)

/** A transform stream with these sides. */
export function joinSides(readable: object, writable: object): object {
  const stream = new TransformStream() as unknown as { _readable: object; _writable: object }
  stream._readable = readable
  stream._writable = writable
  return stream
}

/** Locks both. Rejects when either of them fails. */
export async function pipe(from: object, into: object): Promise<void> {
  await (apply(pipeTo, from, [into, NO_OPTIONS]) as Promise<void>)
}
