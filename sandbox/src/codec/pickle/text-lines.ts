// Lines of text in a pickle, and strings of Python 2.
import { regExpExec, toNumber } from '../../intrinsics.ts'
import { MAX_DECIMAL_DIGITS } from '../bounds.ts'
import type { CodecError } from '../codec-error.ts'
import { decodeError } from '../codec-error.ts'
import { readLatin1 } from '../utf8.ts'

const NEWLINE = 0x0a

/** Where the line that begins at `at` ends: the index of its line feed. */
export function findLineEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    if (bytes[at] === NEWLINE) return at
    at += 1
  }
  throw decodeError('pickle data was truncated')
}

/** A line that must be short, since what it holds is short. */
export function readShortLine(bytes: Uint8Array, at: number, lineEnd: number): string {
  if (lineEnd - at > MAX_DECIMAL_DIGITS + 1) {
    throw decodeError(`A number or name has ${lineEnd - at} characters; the limit is ${MAX_DECIMAL_DIGITS}`)
  }
  return readLatin1(bytes, at, lineEnd)
}

export function parseIndexLine(line: string): number {
  const index = toNumber(line)
  if (regExpExec(/^\d+$/, line) === null) throw decodeError('could not convert string to int')
  return index
}

/** A `str` of Python 2, which Python 3 reads as ASCII. */
export function readAscii(bytes: Uint8Array, at: number, end: number): string {
  for (let index = at; index < end; index += 1) {
    if ((bytes[index] as number) >= 0x80) throw notAscii(bytes[index] as number)
  }
  return readLatin1(bytes, at, end)
}

export function notAscii(byte: number): CodecError {
  return decodeError(`'ascii' codec can't decode byte ${byte}: ordinal not in range(128)`)
}
