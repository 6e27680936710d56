// Arrays of numpy become typed arrays that remember their shape; scalars become plain numbers.
import {
  ArrayBufferIntrinsic,
  arrayAppend,
  isArray,
  isInteger,
  SetIntrinsic,
  setAdd,
  setHas,
  stringSlice,
  typedArrayLength,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { decodeError } from '../codec-error.ts'
import { createTypedArray, elementOfDtype } from './array-types.ts'
import type { ElementType } from './array-types.ts'
import { copyBytes, swapBytes } from './bytes.ts'
import { argument, isBytes } from './call-arguments.ts'
import type { Args, Globals } from './call-arguments.ts'
import { toJsInteger } from './integers.ts'
import { createStack } from './machine.ts'
import { defineHidden, mark } from './marks.ts'
import { createToken, tokenOf } from './tokens.ts'
import type { TokenRecord } from './tokens.ts'

type Dtype = Extract<TokenRecord, { kind: 'dtype' }>

/** As many as numpy allows. */
const MAX_DIMENSIONS = 64

/** How elements lie in memory: `strides` are the bytes from one index to the next of each dimension. */
interface Layout {
  readonly dimensions: readonly number[]
  readonly strides: readonly number[]
  readonly byteLength: number
  /** Whether the last index runs fastest, as it does in C and in the arrays that the guest gets. */
  readonly isRowOrder: boolean
}

export interface NumpyGlobals {
  readonly globals: Globals
  /** The state of a dtype: a version, and the order of bytes. */
  readonly buildDtype: (dtype: Dtype, state: Args) => void
  /** The state of an array: `(version, shape, dtype, is_fortran, bytes)`. */
  readonly buildNdarray: (state: Args) => unknown
}

export function createNumpyGlobals(): NumpyGlobals {
  const globals: Globals = {
    __proto__: null,
    'numpy._core.multiarray._reconstruct': toEmptyNdarray,
    'numpy._core.multiarray.scalar': toScalar,
    'numpy._core.numeric._frombuffer': toNdarray,
    'numpy.dtype': toDtype,
    'numpy.ndarray': null,
  }
  return { globals, buildDtype, buildNdarray }

  function buildDtype(dtype: Dtype, state: Args): void {
    dtype.isBigEndian = argument(state, 1) === '>'
  }

  function buildNdarray(state: Args): unknown {
    const order = argument(state, 3) === true ? 'F' : 'C'
    const array = createNdarray(argument(state, 4), argument(state, 2), argument(state, 1), order, undefined)
    if (array === undefined) throw decodeError('numpy.ndarray has a state that is not one')
    return array
  }

  /** `numpy.dtype(code, …)`. */
  function toDtype(args: Args): unknown {
    const code = argument(args, 0)
    return typeof code === 'string' ? createToken({ kind: 'dtype', code, isBigEndian: false }) : undefined
  }

  /** `_reconstruct(ndarray, (0,), b'b')`: an array that its state fills. */
  function toEmptyNdarray(): unknown {
    return createToken({ kind: 'ndarray' })
  }

  /** `_frombuffer(bytes, dtype, shape, order, axes)`: protocol 5; numpy 2 writes the axes of an array in neither order. */
  function toNdarray(args: Args): unknown {
    return createNdarray(argument(args, 0), argument(args, 1), argument(args, 2), argument(args, 3), argument(args, 4))
  }

  /** `scalar(dtype, bytes)`. */
  function toScalar(args: Args): unknown {
    const array = createNdarray(argument(args, 1), argument(args, 0), [], 'C', undefined)
    if (array === undefined) return undefined
    const value = (array as ArrayLike<number | bigint>)[0] as number | bigint
    if (typeof value === 'bigint') return toJsInteger(value)
    return elementOf(tokenOf(argument(args, 0)))?.dtype === 'b1' ? value !== 0 : value
  }

  function createNdarray(
    data: unknown,
    dtype: unknown,
    shape: unknown,
    order: unknown,
    axes: unknown,
  ): object | undefined {
    const token = tokenOf(dtype)
    const element = elementOf(token)
    if (element === undefined || !isBytes(data) || !isArray(shape) || shape.length > MAX_DIMENSIONS) return undefined
    const layout = toLayout(shape, element.size, order, axes)
    const length = typedArrayLength(data)
    if (layout === null || layout.byteLength !== length) return undefined
    const bytes = layout.isRowOrder ? copyBytes(data, 0, length) : toRowOrder(data, layout, element.size)
    if ((token as Dtype).isBigEndian) swapBytes(bytes, length, element.size)
    const array = mark(createTypedArray(element, bytes), 'numpy.ndarray')
    defineHidden(array, 'shape', layout.dimensions)
    defineHidden(array, 'dtype', element.dtypeName)
    return array
  }

  function elementOf(dtype: TokenRecord | null): ElementType | undefined {
    if (dtype?.kind !== 'dtype') return undefined
    const element = elementOfDtype(dtype.code)
    if (element === undefined) {
      throw decodeError(`numpy.dtype('${stringSlice(dtype.code, 0, 40)}') has no typed array that holds its elements`)
    }
    return element
  }

  /** Null for what is no shape, order, or permutation of the dimensions. */
  function toLayout(shape: readonly unknown[], size: number, order: unknown, axes: unknown): Layout | null {
    const rank = shape.length
    const isFortran = order === 'F'
    if (!isFortran && order !== 'C' && (order !== 'K' || !isArray(axes) || axes.length !== rank)) return null
    const dimensions: number[] = []
    const strides: number[] = []
    const sizes: number[] = createStack()
    let byteLength = size
    for (let step = 0; step < rank; step += 1) {
      const axis = isFortran ? step : rank - 1 - step
      const dimension: unknown = shape[axis]
      if (!isInteger(dimension) || (dimension as number) < 0) return null
      sizes[axis] = byteLength
      byteLength *= dimension as number
    }
    const taken = new SetIntrinsic<unknown>()
    for (let index = 0; index < rank; index += 1) {
      const axis: unknown = order === 'K' ? (axes as readonly unknown[])[index] : index
      if (!isInteger(axis) || (axis as number) < 0 || (axis as number) >= rank || setHas(taken, axis)) return null
      setAdd(taken, axis)
      arrayAppend(dimensions, shape[axis as number] as number)
      arrayAppend(strides, sizes[axis as number] as number)
    }
    return { dimensions, strides, byteLength, isRowOrder: order === 'C' || rank < 2 }
  }

  /** A copy of the elements in row order. */
  function toRowOrder(data: Uint8Array, { dimensions, strides, byteLength }: Layout, size: number): Uint8Array {
    const rows = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(byteLength))
    const indexes: number[] = createStack()
    for (let axis = 0; axis < dimensions.length; axis += 1) indexes[axis] = 0
    let source = 0
    for (let target = 0; target < byteLength; target += size) {
      for (let index = 0; index < size; index += 1) rows[target + index] = data[source + index] as number
      // Counts up like an odometer, and keeps `source` at the place that the indexes name.
      for (let axis = dimensions.length - 1; axis >= 0; axis -= 1) {
        const next = (indexes[axis] as number) + 1
        source += strides[axis] as number
        indexes[axis] = next
        if (next < (dimensions[axis] as number)) break
        source -= next * (strides[axis] as number)
        indexes[axis] = 0
      }
    }
    return rows
  }
}
