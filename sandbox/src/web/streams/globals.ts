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
import {
  apply,
  functionPrototypes,
  getPrototypeOf,
  nameFunction,
  objectHasOwn,
  objectKeys,
  setPrototypeOf,
  symbolToStringTag,
} from '../../intrinsics.ts'
import { defineHidden } from '../interface.ts'
import { addPlatformObjects } from '../platform-objects.ts'
import { createTransferLibrary } from './transfer-library.ts'
import type { TransferLibrary } from './transfer-library.ts'
import { findStreamMover } from './transfer.ts'

export function createStreamGlobals(): object {
  return classes
}

function prepareClasses(): object {
  const made = {
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
  const names = objectKeys(made)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as keyof typeof made
    nameFunction(made[name] as unknown as object, name)
  }
  inheritIterators()
  addPlatformObjects(refuseStream, (value) => (refuseStream(value) === null ? moverOf(value) : undefined))
  return made
}

/** The library's asynchronous iterators inherit from an object of its own instead of the one of the language. */
function inheritIterators(): void {
  const { values } = ReadableStream.prototype
  const iterator = apply(values as () => object, new ReadableStream(), [])
  const { prototype: generator } = functionPrototypes.asyncGenerator as { readonly prototype: object }
  const prototype = getPrototypeOf(iterator) as object
  setPrototypeOf(prototype, getPrototypeOf(generator))
  defineHidden(prototype, symbolToStringTag, 'ReadableStream AsyncIterator', false)
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

/** Streams are moved and not copied, nor are their readers, writers and controllers. */
function refuseStream(value: object): null | undefined {
  for (let index = 0; index < MARKS.length; index++) {
    if (objectHasOwn(value, MARKS[index] as string)) return null
  }
  return undefined
}

let library: TransferLibrary | undefined

function moverOf(value: object): (() => object) | undefined {
  return findStreamMover(value, (library ??= createTransferLibrary()))
}

/** Made when the group is loaded: another group may have a stream before anybody reads a global. */
const classes = prepareClasses()
