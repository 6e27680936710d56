// `array.array` becomes a typed array.
import {
  ArrayBufferIntrinsic,
  BigIntIntrinsic,
  isArray,
  isInteger,
  toNumber,
  typedArrayLength,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { createTypedArray, elementOfDtype } from './array-types.ts'
import type { ElementType } from './array-types.ts'
import { copyBytes, swapBytes } from './bytes.ts'
import { argument, isBytes, isInt } from './call-arguments.ts'
import type { Args, Globals } from './call-arguments.ts'
import { mark } from './marks.ts'

export function createArrayGlobals(): Globals {
  return {
    __proto__: null,
    'array._array_reconstructor': toArrayFromBytes,
    'array.array': toArray,
  }

  /** `array._array_reconstructor(array, typecode, format, bytes)`: protocols 3 to 5. Odd formats above 2 have the high byte first. */
  function toArrayFromBytes(args: Args): unknown {
    const format = argument(args, 2)
    const bytes = argument(args, 3)
    const element = elementOfDtype(dtypeOfFormat(format))
    if (element === undefined || !isBytes(bytes)) return undefined
    const length = typedArrayLength(bytes)
    if (length % element.size !== 0) return undefined
    const copy = copyBytes(bytes, 0, length)
    if ((format as number) > 2 && (format as number) % 2 === 1) swapBytes(copy, length, element.size)
    return finish(createTypedArray(element, copy), element)
  }

  /** `array.array(typecode, list)`: protocols 0 to 2. */
  function toArray(args: Args): unknown {
    const element = elementOfDtype(dtypeOfTypecode(argument(args, 0)))
    const items = argument(args, 1)
    if (element === undefined || !isArray(items)) return undefined
    const { length } = items
    const isFloat = element.typecode === 'f' || element.typecode === 'd'
    const bytes = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(length * element.size))
    const array = createTypedArray(element, bytes) as unknown[]
    for (let index = 0; index < length; index += 1) {
      const item: unknown = items[index]
      if (isFloat) {
        if (typeof item !== 'number') return undefined
        array[index] = item
      } else {
        if (!isInt(item)) return undefined
        const integer = BigIntIntrinsic(item)
        array[index] = element.size === 8 ? integer : toNumber(integer)
        // What does not fit is stored as something else.
        if (BigIntIntrinsic(array[index] as number) !== integer) return undefined
      }
    }
    return finish(array, element)
  }

  /** Of the typed arrays only a `Uint8Array` would be taken for something else, bytes, on its way back. */
  function finish(array: object, element: ElementType): object {
    return element.className === 'Uint8Array' ? mark(array, 'array.array') : array
  }

  /** `l` and `L` have eight bytes, as on every 64-bit system but Windows. */
  function dtypeOfTypecode(typecode: unknown): string {
    switch (typecode) {
      case 'b':
        return 'i1'
      case 'B':
        return 'u1'
      case 'h':
        return 'i2'
      case 'H':
        return 'u2'
      case 'i':
        return 'i4'
      case 'I':
        return 'u4'
      case 'l':
      case 'q':
        return 'i8'
      case 'L':
      case 'Q':
        return 'u8'
      case 'f':
        return 'f4'
      case 'd':
        return 'f8'
      default:
        return ''
    }
  }

  /** By the number of the format in pickles of `array.array`, whichever byte comes first. */
  function dtypeOfFormat(format: unknown): string {
    const dtypes = [
      'u1',
      'i1',
      'u2',
      'u2',
      'i2',
      'i2',
      'u4',
      'u4',
      'i4',
      'i4',
      'u8',
      'u8',
      'i8',
      'i8',
      'f4',
      'f4',
      'f8',
      'f8',
    ]
    const isKnown = isInteger(format) && (format as number) >= 0 && (format as number) < dtypes.length
    return isKnown ? (dtypes[format as number] as string) : ''
  }
}
