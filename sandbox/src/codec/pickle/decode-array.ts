// `array.array` becomes a typed array. Undefined for arguments that are not those of data.
import { ArrayBufferIntrinsic, BigIntIntrinsic, isArray, toNumber, typedArrayLength, Uint8ArrayIntrinsic } from '../../intrinsics.ts'
import { createTypedArray, elementOfFormat, elementOfTypecode } from './array-types.ts'
import type { ElementType } from './array-types.ts'
import { copyBytes, swapBytes } from './bytes.ts'
import { argument, isBytes, isInt } from './decode-builtins.ts'
import { mark } from './marks.ts'

type Args = readonly unknown[]

/** `array._array_reconstructor(array, typecode, format, bytes)`: protocols 3 to 5. Odd formats above 2 have the high byte first. */
export function toArrayFromBytes(args: Args): unknown {
  const format = argument(args, 2)
  const bytes = argument(args, 3)
  const element = elementOfFormat(format)
  if (element === undefined || !isBytes(bytes)) return undefined
  const length = typedArrayLength(bytes)
  if (length % element.size !== 0) return undefined
  const copy = copyBytes(bytes, 0, length)
  if ((format as number) > 2 && (format as number) % 2 === 1) swapBytes(copy, length, element.size)
  return finish(createTypedArray(element, copy), element)
}

/** `array.array(typecode, list)`: protocols 0 to 2. */
export function toArray(args: Args): unknown {
  const element = elementOfTypecode(argument(args, 0))
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
