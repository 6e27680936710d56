// Which class of typed array holds which element, and how `array.array` and numpy call it.
import { typedArrayBuffer, typedArrayConstructors } from '../../intrinsics.ts'

export type TypedArrayClass = Exclude<keyof typeof typedArrayConstructors, '__proto__'>

export interface ElementType {
  readonly className: TypedArrayClass
  readonly size: number
  /** Typecode of `array.array`; empty if there is none. */
  readonly typecode: string
  /** Number of the format in pickles of `array.array`, little-endian. */
  readonly format: number
  /** Code and name of the dtype. */
  readonly dtype: string
  readonly dtypeName: string
}

function type(
  className: TypedArrayClass,
  size: number,
  typecode: string,
  format: number,
  dtype: string,
  dtypeName: string,
): ElementType {
  return { className, size, typecode, format, dtype, dtypeName }
}

/** By the code of the dtype; undefined for an element that no typed array holds. */
export function elementOfDtype(dtype: string): ElementType | undefined {
  switch (dtype) {
    case 'b1':
      return type('Uint8Array', 1, '', -1, 'b1', 'bool')
    case 'i1':
      return type('Int8Array', 1, 'b', 1, 'i1', 'int8')
    case 'u1':
      return type('Uint8Array', 1, 'B', 0, 'u1', 'uint8')
    case 'i2':
      return type('Int16Array', 2, 'h', 4, 'i2', 'int16')
    case 'u2':
      return type('Uint16Array', 2, 'H', 2, 'u2', 'uint16')
    case 'i4':
      return type('Int32Array', 4, 'i', 8, 'i4', 'int32')
    case 'u4':
      return type('Uint32Array', 4, 'I', 6, 'u4', 'uint32')
    case 'i8':
      return type('BigInt64Array', 8, 'q', 12, 'i8', 'int64')
    case 'u8':
      return type('BigUint64Array', 8, 'Q', 10, 'u8', 'uint64')
    case 'f2':
      return type('Float16Array', 2, '', -1, 'f2', 'float16')
    case 'f4':
      return type('Float32Array', 4, 'f', 14, 'f4', 'float32')
    case 'f8':
      return type('Float64Array', 8, 'd', 16, 'f8', 'float64')
    default:
      return undefined
  }
}

/** A typed array over the buffer of bytes that have one to themselves. */
export function createTypedArray({ className }: ElementType, bytes: Uint8Array): object {
  return new typedArrayConstructors[className](typedArrayBuffer(bytes))
}
