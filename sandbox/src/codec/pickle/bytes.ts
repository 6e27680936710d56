// Copies of bytes, doubles, and the order of bytes in larger numbers.
import {
  ArrayBufferIntrinsic,
  Float64ArrayIntrinsic,
  typedArrayBuffer,
  typedArraySet,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'

const LOOP_BYTES = 32

/** A copy with a buffer of its own. */
export function copyBytes(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const size = to - from
  const copy = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(size))
  if (size <= LOOP_BYTES) for (let index = 0; index < size; index += 1) copy[index] = bytes[from + index] as number
  else typedArraySet(copy, new Uint8ArrayIntrinsic(typedArrayBuffer(bytes), from, size), 0)
  return copy
}

const double = new Float64ArrayIntrinsic(1)
const doubleBytes = new Uint8ArrayIntrinsic(typedArrayBuffer(double))

/** Eight bytes, highest first. */
export function readDouble(bytes: Uint8Array, at: number): number {
  for (let index = 0; index < 8; index += 1) doubleBytes[7 - index] = bytes[at + index] as number
  return double[0] as number
}

export function writeDouble(value: number, bytes: Uint8Array, at: number): void {
  double[0] = value
  for (let index = 0; index < 8; index += 1) bytes[at + index] = doubleBytes[7 - index] as number
}

/** Turns every group of `size` bytes round, in place. */
export function swapBytes(bytes: Uint8Array, length: number, size: number): void {
  for (let start = 0; start + size <= length; start += size) {
    for (let low = start, high = start + size - 1; low < high; low += 1, high -= 1) {
      const held = bytes[low] as number
      bytes[low] = bytes[high] as number
      bytes[high] = held
    }
  }
}
