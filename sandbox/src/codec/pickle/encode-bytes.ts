// Bytes, and typed arrays as `array.array` or as arrays of numpy.
import {
  ArrayBufferIntrinsic,
  arrayBufferByteLength,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  isArray,
  isSafeInteger,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayLength,
  typedArrayName,
  typedArraySet,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { refuse } from '../path.ts'
import { elementOfClass } from './array-types.ts'
import type { ElementType } from './array-types.ts'
import { real } from './encode-containers.ts'
import { saveNumber } from './encode-numbers.ts'
import { markOf, ownValue } from './marks.ts'
import { endCall, memoize, writeByte, writeBytes, writeGlobal, writeText } from './writer.ts'
import type { Writer } from './writer.ts'

const MAX_DIMENSIONS = 64

/** A buffer or a view of one is bytes. */
export function saveBuffer(writer: Writer, object: object, kind: 'ArrayBuffer' | 'DataView', depth: number): void {
  const bytes = real(writer, depth, kind, () =>
    kind === 'DataView'
      ? new Uint8ArrayIntrinsic(dataViewBuffer(object), dataViewByteOffset(object), dataViewByteLength(object))
      : new Uint8ArrayIntrinsic(object as ArrayBuffer, 0, arrayBufferByteLength(object as ArrayBuffer)),
  )
  saveBytes(writer, bytes)
  memoize(writer, object)
}

/** A `Uint8Array` is bytes; other typed arrays are an `array.array`; a mark can say otherwise. */
export function saveTypedArray(writer: Writer, object: object, depth: number): void {
  const name = typedArrayName(object)
  if (name === undefined) throw refuse(writer.path, depth, 'inherits from a typed array but is none')
  const bytes = new Uint8ArrayIntrinsic(typedArrayBuffer(object), typedArrayByteOffset(object), typedArrayByteLength(object))
  const type = markOf(object)
  if (type === undefined && name === 'Uint8Array') {
    saveBytes(writer, bytes)
    memoize(writer, object)
  } else if (type === undefined || type === 'array.array') saveArrayArray(writer, object, bytes, elementOfClass(name), depth)
  else if (type === 'bytearray' && name === 'Uint8Array') {
    writeBytes(writer, 0x96, 8, bytes) // BYTEARRAY8
    memoize(writer, object)
  } else if (type === 'numpy.ndarray') saveNdarray(writer, object, bytes, elementOfClass(name), depth)
  else throw refuse(writer.path, depth, `has a mark that a ${name} cannot have`)
}

function saveBytes(writer: Writer, bytes: Uint8Array): void {
  const isShort = typedArrayByteLength(bytes) <= 0xff
  writeBytes(writer, isShort ? 0x43 : 0x42, isShort ? 1 : 4, bytes) // SHORT_BINBYTES, BINBYTES
}

/** As CPython does it: with the number of a format, so that the order of bytes is that of this machine. */
function saveArrayArray(writer: Writer, object: object, bytes: Uint8Array, element: ElementType, depth: number): void {
  const { typecode, format } = element
  if (typecode === '') {
    throw refuse(writer.path, depth, `is a ${element.className}, which array.array does not have; use a Float32Array`)
  }
  writeGlobal(writer, 'array', '_array_reconstructor')
  writeByte(writer, 0x28) // MARK
  writeGlobal(writer, 'array', 'array')
  writeText(writer, typecode)
  saveNumber(writer, format)
  saveBytes(writer, bytes)
  writeByte(writer, 0x94) // MEMOIZE
  writer.memoCount += 1
  writeByte(writer, 0x74) // TUPLE
  writeByte(writer, 0x52) // REDUCE
  memoize(writer, object)
}

/** `numpy.ndarray(shape, dtype, bytearray)`: a call that every version of numpy understands, for an array that can be written to. */
function saveNdarray(writer: Writer, object: object, bytes: Uint8Array, element: ElementType, depth: number): void {
  const shape = ownValue(object, 'shape')
  const isBool = ownValue(object, 'dtype') === 'bool' && element.dtype === 'u1'
  if (!isArray(shape) || shape.length > MAX_DIMENSIONS || !isShapeOf(shape, typedArrayLength(object))) {
    throw refuse(writer.path, depth, 'is marked as numpy.ndarray, but its shape does not fit its length')
  }
  writeGlobal(writer, 'numpy', 'ndarray')
  writeByte(writer, 0x28) // MARK
  for (let index = 0; index < shape.length; index += 1) saveNumber(writer, shape[index] as number)
  writeByte(writer, 0x74) // TUPLE
  writeText(writer, `<${isBool ? 'b1' : element.dtype}`)
  writeBytes(writer, 0x96, 8, isBool ? toBooleans(bytes) : bytes) // BYTEARRAY8
  endCall(writer, object, 3)
}

function isShapeOf(shape: readonly unknown[], length: number): boolean {
  let count = 1
  for (let index = 0; index < shape.length; index += 1) {
    if (!isSafeInteger(shape[index]) || (shape[index] as number) < 0) return false
    count *= shape[index] as number
  }
  return count === length
}

/** numpy must not see other bytes than 0 and 1 here. */
function toBooleans(bytes: Uint8Array): Uint8Array {
  const length = typedArrayByteLength(bytes)
  const copy = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(length))
  typedArraySet(copy, bytes, 0)
  for (let index = 0; index < length; index += 1) if (copy[index] !== 0) copy[index] = 1
  return copy
}
