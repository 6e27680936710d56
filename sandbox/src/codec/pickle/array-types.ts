// Which class of typed array holds which element, and how `array.array` and numpy call it.
import { isInteger, typedArrayBuffer, typedArrayConstructors } from '../../intrinsics.ts'

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

/** By the name of the class; bytes are numbers from 0 to 255 here. */
export function elementOfClass(className: string): ElementType {
  return elementOfDtype(dtypeOfClass(className)) as ElementType
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

/** By the typecode of `array.array`, where `l` and `L` have eight bytes as on every 64-bit system but Windows. */
export function elementOfTypecode(typecode: unknown): ElementType | undefined {
  switch (typecode) {
    case 'b':
      return elementOfDtype('i1')
    case 'B':
      return elementOfDtype('u1')
    case 'h':
      return elementOfDtype('i2')
    case 'H':
      return elementOfDtype('u2')
    case 'i':
      return elementOfDtype('i4')
    case 'I':
      return elementOfDtype('u4')
    case 'l':
    case 'q':
      return elementOfDtype('i8')
    case 'L':
    case 'Q':
      return elementOfDtype('u8')
    case 'f':
      return elementOfDtype('f4')
    case 'd':
      return elementOfDtype('f8')
    default:
      return undefined
  }
}

/** By the number of the format in pickles of `array.array`, whichever byte comes first. */
export function elementOfFormat(format: unknown): ElementType | undefined {
  const codes = ['u1', 'i1', 'u2', 'u2', 'i2', 'i2', 'u4', 'u4', 'i4', 'i4', 'u8', 'u8', 'i8', 'i8', 'f4', 'f4', 'f8', 'f8']
  const isKnown = isInteger(format) && (format as number) >= 0 && (format as number) < codes.length
  return isKnown ? elementOfDtype(codes[format as number] as string) : undefined
}

/** A typed array over the buffer of bytes that have one to themselves. */
export function createTypedArray({ className }: ElementType, bytes: Uint8Array): object {
  return new typedArrayConstructors[className](typedArrayBuffer(bytes))
}
