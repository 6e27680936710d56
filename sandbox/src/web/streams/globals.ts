// The classes of the streams standard, from the library.
import {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from 'web-streams-polyfill'
import { nameFunction, objectHasOwn, objectKeys } from '../../intrinsics.ts'
import { addPlatformObjects } from '../platform-objects.ts'

export function createStreamGlobals(): object {
  const classes = {
    __proto__: null,
    ByteLengthQueuingStrategy,
    CountQueuingStrategy,
    ReadableByteStreamController,
    ReadableStream,
    ReadableStreamBYOBReader,
    ReadableStreamBYOBRequest,
    ReadableStreamDefaultController,
    ReadableStreamDefaultReader,
    TransformStream,
    TransformStreamDefaultController,
    WritableStream,
    WritableStreamDefaultController,
    WritableStreamDefaultWriter,
  }
  const names = objectKeys(classes)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as keyof typeof classes
    nameFunction(classes[name] as unknown as object, name)
  }
  addPlatformObjects(refuseStream)
  return classes
}

/** By the members that the library keeps the state of each kind of object in. */
const MARKS = [
  '_readableStreamController',
  '_writableStreamController',
  '_transformStreamController',
  '_ownerReadableStream',
  '_ownerWritableStream',
  '_controlledReadableStream',
  '_controlledReadableByteStream',
  '_controlledWritableStream',
  '_controlledTransformStream',
]

/** Streams are not copied, nor are their readers, writers and controllers. */
function refuseStream(value: object): null | undefined {
  for (let index = 0; index < MARKS.length; index++) {
    if (objectHasOwn(value, MARKS[index] as string)) return null
  }
  return undefined
}
