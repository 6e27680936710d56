// Integers of Python, which have no bound, to and from numbers and big integers.
import { BigIntIntrinsic, bigIntToString, charCodeAt, fromCharCode, isSafeInteger, toNumber } from '../../intrinsics.ts'
import { MAX_INTEGER_BYTES } from '../bounds.ts'
import { decodeError } from '../codec-error.ts'

/** Two's complement that fits a number without loss. */
const SMALL_BYTES = 6

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) +
    ((bytes[at + 1] as number) << 8) +
    ((bytes[at + 2] as number) << 16) +
    (bytes[at + 3] as number) * 0x1000000
  )
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) | 0
}

/** Eight bytes, as a number that is too large for anything when it is not exact. */
export function readUint64(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) + readUint32(bytes, at + 4) * 0x100000000
}

/** Little-endian two's complement. Linear in `size`. */
export function readLong(bytes: Uint8Array, at: number, size: number): number | bigint {
  if (size > MAX_INTEGER_BYTES) {
    throw decodeError(`An integer has ${size} bytes; the limit is ${MAX_INTEGER_BYTES} bytes`)
  }
  const isNegative = size > 0 && (bytes[at + size - 1] as number) >= 0x80
  if (size <= SMALL_BYTES) {
    let value = 0
    for (let index = size - 1; index >= 0; index -= 1) value = value * 256 + (bytes[at + index] as number)
    return isNegative ? value - 2 ** (8 * size) : value
  }
  let hex = ''
  for (let index = size - 1; index >= 0; index -= 1) {
    const byte = bytes[at + index] as number
    hex += fromCharCode(hexDigit(byte >> 4), hexDigit(byte & 15))
  }
  const value = BigIntIntrinsic(`0x${hex}`)
  return toJsInteger(isNegative ? value - (1n << BigIntIntrinsic(8 * size)) : value)
}

/** A number where a number is exact, else the big integer. */
export function toJsInteger(value: bigint): number | bigint {
  const number = toNumber(value)
  return isSafeInteger(number) ? number : value
}

/** How many bytes the shortest two's complement of a big integer has, and its bytes from the highest on, in hexadecimal. */
export interface Long {
  readonly size: number
  /** Two digits a byte. */
  readonly hex: string
}

/** Null when the integer is larger than either side allows. */
export function toLong(value: bigint): Long | null {
  const isNegative = value < 0n
  // -1 - value has the bits of value the other way round, and both need one more bit for the sign.
  let digits = bigIntToString(isNegative ? -1n - value : value, 16)
  if (digits.length > 2 * MAX_INTEGER_BYTES - 1) return null
  if (digits.length % 2 === 1) digits = `0${digits}`
  if (digitValue(digits, 0) >= 8) digits = `00${digits}`
  const size = digits.length / 2
  return { size, hex: isNegative ? complement(value, size) : digits }
}

function complement(value: bigint, size: number): string {
  return bigIntToString((1n << BigIntIntrinsic(8 * size)) + value, 16)
}

const hexDigit = (value: number): number => (value < 10 ? 48 + value : 87 + value)

function digitValue(text: string, index: number): number {
  const code = charCodeAt(text, index)
  return code < 58 ? code - 48 : code - 87
}

/** Writes a long from its lowest byte on, and returns where it ends. */
export function writeLong({ size, hex }: Long, bytes: Uint8Array, at: number): number {
  for (let index = size - 1; index >= 0; index -= 1) {
    bytes[at] = digitValue(hex, 2 * index) * 16 + digitValue(hex, 2 * index + 1)
    at += 1
  }
  return at
}
