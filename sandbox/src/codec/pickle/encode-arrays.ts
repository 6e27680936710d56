// Typed arrays as `array.array` or as arrays of numpy.
import {
  ArrayBufferIntrinsic,
  arrayAppend,
  isArray,
  isSafeInteger,
  typedArrayByteLength,
  typedArrayLength,
  typedArraySet,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { refuse } from '../path.ts'
import { elementOfDtype } from './array-types.ts'
import type { ElementType } from './array-types.ts'
import { saveNumber } from './encode-numbers.ts'
import { markOf, ownValue } from './marks.ts'
import { endCall, memoize, writeBinary, writeByte, writeBytes, writeGlobal, writeMemoize, writeText } from './writer.ts'
import type { Writer } from './writer.ts'

/** @param name of the class of the typed array, whose memory `bytes` are. */
export type SaveArray = (writer: Writer, object: object, name: string, bytes: Uint8Array, depth: number) => void

const MAX_DIMENSIONS = 64

export function createSaveArray(): SaveArray {
  return (writer, object, name, bytes, depth) => {
    const element = elementOfDtype(dtypeOfClass(name)) as ElementType
    if (markOf(object) === 'numpy.ndarray') saveNdarray(writer, object, bytes, element, depth)
    else saveArrayArray(writer, object, bytes, element, depth)
  }

  /** As CPython does it: with the number of a format, so that the order of bytes is that of this machine. */
  function saveArrayArray(
    writer: Writer,
    object: object,
    bytes: Uint8Array,
    element: ElementType,
    depth: number,
  ): void {
    const { typecode, format } = element
    if (typecode === '') {
      throw refuse(writer.path, depth, `is a ${element.className}, which array.array does not have; use a Float32Array`)
    }
    writeGlobal(writer, 'array', '_array_reconstructor')
    writeByte(writer, 0x28) // MARK
    writeGlobal(writer, 'array', 'array')
    writeText(writer, typecode)
    saveNumber(writer, format)
    writeBinary(writer, bytes)
    writeMemoize(writer)
    writeByte(writer, 0x74) // TUPLE
    writeByte(writer, 0x52) // REDUCE
    memoize(writer, object)
  }

  /** `numpy.ndarray(shape, dtype, bytearray)`: a call that every version of numpy understands, for an array that can be written to. */
  function saveNdarray(writer: Writer, object: object, bytes: Uint8Array, element: ElementType, depth: number): void {
    const shape = ownValue(object, 'shape')
    const isBool = ownValue(object, 'dtype') === 'bool' && element.dtype === 'u1'
    const dimensions = toDimensions(shape, typedArrayLength(object))
    if (dimensions === null) {
      throw refuse(writer.path, depth, 'is marked as numpy.ndarray, but its shape does not fit its length')
    }
    writeGlobal(writer, 'numpy', 'ndarray')
    writeByte(writer, 0x28) // MARK
    for (let index = 0; index < dimensions.length; index += 1) saveNumber(writer, dimensions[index] as number)
    writeByte(writer, 0x74) // TUPLE
    writeText(writer, `<${isBool ? 'b1' : element.dtype}`)
    writeBytes(writer, 0x96, 8, isBool ? toBooleans(bytes) : bytes) // BYTEARRAY8
    endCall(writer, object, 3)
  }

  /** A copy of the shape of so many elements; null if it is none. The guest's own may change with each look at it. */
  function toDimensions(shape: unknown, count: number): readonly number[] | null {
    if (!isArray(shape)) return null
    const rank = shape.length
    const dimensions: number[] = []
    let product = 1
    for (let index = 0; index < rank; index += 1) {
      const size: unknown = shape[index]
      if (index === MAX_DIMENSIONS || !isSafeInteger(size) || (size as number) < 0) return null
      arrayAppend(dimensions, (size as number) + 0)
      product *= size as number
    }
    return product === count ? dimensions : null
  }

  /** numpy must not see other bytes than 0 and 1 here. */
  function toBooleans(bytes: Uint8Array): Uint8Array {
    const length = typedArrayByteLength(bytes)
    const copy = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(length))
    typedArraySet(copy, bytes, 0)
    for (let index = 0; index < length; index += 1) if (copy[index] !== 0) copy[index] = 1
    return copy
  }

  function dtypeOfClass(className: string): string {
    switch (className) {
      case 'Int8Array':
        return 'i1'
      case 'Uint8Array':
      case 'Uint8ClampedArray':
        return 'u1'
      case 'Int16Array':
        return 'i2'
      case 'Uint16Array':
        return 'u2'
      case 'Int32Array':
        return 'i4'
      case 'Uint32Array':
        return 'u4'
      case 'BigInt64Array':
        return 'i8'
      case 'BigUint64Array':
        return 'u8'
      case 'Float16Array':
        return 'f2'
      case 'Float32Array':
        return 'f4'
      default:
        return 'f8'
    }
  }
}
