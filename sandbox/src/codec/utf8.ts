// UTF-8 without host APIs, where lone surrogates pass as three bytes each (Python's `surrogatepass`).
import { apply, charCodeAt, fromCharCode, regExpExec, setPrototypeOf } from '../intrinsics.ts'
import { decodeError } from './codec-error.ts'

/** Code units that become one piece of a string. */
const CHUNK_UNITS = 1_024
const SHORT_BYTES = 16

/** Bytes of the text in UTF-8. Counting may stop above `stopAfter`: then the answer is a number above it, and not exact. */
export function utf8Length(text: string, stopAfter: number): number {
  const { length } = text
  if (length > stopAfter) return length
  const first = regExpExec(/[^\0-\x7f]/, text)
  if (first === null) return length
  let bytes = length
  for (let index = first.index; index < length && bytes <= stopAfter; index += 1) {
    const code = charCodeAt(text, index)
    if (code < 0x80) continue
    bytes += code < 0x800 ? 1 : 2
    if (code >= 0xd800 && code <= 0xdbff && isLowSurrogate(charCodeAt(text, index + 1))) index += 1
  }
  return bytes
}

/** Writes the text into `bytes` from `at` on, and returns where it ends; there must be room for three bytes a unit. */
export function writeUtf8(text: string, bytes: Uint8Array, at: number): number {
  const { length } = text
  for (let index = 0; index < length; index += 1) {
    const code = charCodeAt(text, index)
    if (code < 0x80) {
      bytes[at++] = code
    } else if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6)
      bytes[at++] = 0x80 | (code & 0x3f)
    } else {
      const next = code >= 0xd800 && code <= 0xdbff ? charCodeAt(text, index + 1) : 0
      if (isLowSurrogate(next)) {
        index += 1
        const point = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00)
        bytes[at++] = 0xf0 | (point >> 18)
        bytes[at++] = 0x80 | ((point >> 12) & 0x3f)
        bytes[at++] = 0x80 | ((point >> 6) & 0x3f)
        bytes[at++] = 0x80 | (point & 0x3f)
      } else {
        bytes[at++] = 0xe0 | (code >> 12)
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f)
        bytes[at++] = 0x80 | (code & 0x3f)
      }
    }
  }
  return at
}

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff

/** The string that the bytes from `at` to `end` spell. Throws a `decode` error for what is not UTF-8. */
export function readUtf8(bytes: Uint8Array, at: number, end: number): string {
  let text = ''
  if (end - at <= SHORT_BYTES) {
    while (at < end && (bytes[at] as number) < 0x80) text += fromCharCode(bytes[at++] as number)
    if (at === end) return text
  }
  while (at < end) {
    // Without a prototype: what is appended asks nobody, and `apply` reads own properties only.
    const units: number[] = []
    setPrototypeOf(units, null)
    let count = 0
    while (at < end && count < CHUNK_UNITS) {
      const first = bytes[at] as number
      if (first < 0x80) {
        at += 1
        units[count++] = first
      } else {
        const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
        const point = readPoint(bytes, at, end, length)
        if (point > 0xffff) {
          units[count++] = 0xd7c0 + (point >> 10)
          units[count++] = 0xdc00 | (point & 0x3ff)
        } else units[count++] = point
        at += length
      }
    }
    text += apply(fromCharCode, undefined, units)
  }
  return text
}

/** A code point of `length` bytes, none of which may be missing, wrong, or more than the point needs. */
function readPoint(bytes: Uint8Array, at: number, end: number, length: number): number {
  const first = bytes[at] as number
  if (first < 0xc2 || first > 0xf4) throw invalid(first, at)
  if (at + length > end) throw decodeError("'utf-8' codec can't decode bytes: unexpected end of data")
  let point = first & (0x7f >> length)
  for (let index = 1; index < length; index += 1) {
    const next = bytes[at + index] as number
    if ((next & 0xc0) !== 0x80) throw invalid(first, at)
    point = (point << 6) | (next & 0x3f)
  }
  if ((length === 3 && point < 0x800) || (length === 4 && (point < 0x10000 || point > 0x10ffff)))
    throw invalid(first, at)
  return point
}

function invalid(byte: number, at: number): unknown {
  return decodeError(`'utf-8' codec can't decode byte ${byte} at position ${at} of the pickle`)
}

/** The characters of Latin-1 bytes, one each. */
export function readLatin1(bytes: Uint8Array, at: number, end: number): string {
  let text = ''
  while (at < end) {
    const units: number[] = []
    setPrototypeOf(units, null)
    for (let count = 0; at < end && count < CHUNK_UNITS; count += 1) units[count] = bytes[at++] as number
    text += apply(fromCharCode, undefined, units)
  }
  return text
}
