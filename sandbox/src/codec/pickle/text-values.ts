// The values that protocol 0 writes as lines of text.
import { BigIntIntrinsic, fromCharCode, isSafeInteger, regExpExec, stringSlice, toNumber } from '../../intrinsics.ts'
import { decodeError } from '../codec-error.ts'
import { readLatin1 } from '../utf8.ts'
import { toJsInteger } from './integers.ts'
import { notAscii, readAscii, readShortLine } from './text-lines.ts'

const NEWLINE = 0x0a
const BACKSLASH = 0x5c

/** The value of an opcode that is followed by a line of text. */
export type ReadLine = (opcode: number, bytes: Uint8Array, at: number, lineEnd: number) => unknown

/** Made for the first pickle of protocol 0. */
export function createReadLine(): ReadLine {
  return (opcode, bytes, at, lineEnd) => {
    switch (opcode) {
      case 0x53: // STRING
        return readStringLine(bytes, at, lineEnd)
      case 0x56: // UNICODE
        return readUnicodeLine(bytes, at, lineEnd)
      case 0x49: // INT
        return parseIntLine(readShortLine(bytes, at, lineEnd))
      case 0x4c: // LONG
        return parseLongLine(readShortLine(bytes, at, lineEnd))
      default: // FLOAT
        return parseFloatLine(readShortLine(bytes, at, lineEnd))
    }
  }

  /** INT: `00` and `01` are the booleans. */
  function parseIntLine(line: string): unknown {
    if (line === '00') return false
    return line === '01' ? true : parseInteger(line)
  }

  /** LONG: may end in L. */
  function parseLongLine(line: string): number | bigint {
    const last = line.length - 1
    return parseInteger(line[last] === 'L' ? stringSlice(line, 0, last) : line)
  }

  function parseInteger(digits: string): number | bigint {
    if (regExpExec(/^-?(?:0|[1-9]\d*)$/, digits) === null) throw decodeError('could not convert string to int')
    const number = toNumber(digits)
    // Of -0 Python makes 0.
    return isSafeInteger(number) ? number + 0 : toJsInteger(BigIntIntrinsic(digits))
  }

  function parseFloatLine(line: string): number {
    const match = regExpExec(/^([+-]?)(?:(inf(?:inity)?)|nan|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)$/i, line)
    if (match === null) throw decodeError('could not convert string to float')
    if (match[2] !== undefined) return match[1] === '-' ? -Infinity : Infinity
    const number = toNumber(line)
    if (number - number !== 0 && number === number) throw decodeError('value too large to convert to float')
    return number
  }

  /** UNICODE: Latin-1 with the escapes `\uXXXX` and `\UXXXXXXXX`. */
  function readUnicodeLine(bytes: Uint8Array, at: number, lineEnd: number): string {
    let text = ''
    let start = at
    while (at < lineEnd) {
      if (bytes[at] !== BACKSLASH || at + 1 === lineEnd) {
        at += 1
        continue
      }
      const kind = bytes[at + 1]
      if (kind !== 0x75 && kind !== 0x55) {
        at += 2
        continue
      }
      text += readLatin1(bytes, start, at)
      const digits = kind === 0x75 ? 4 : 8
      const point = readHex(bytes, at + 2, digits, lineEnd)
      if (point === -1 || point > 0x10ffff) throw decodeError("'rawunicodeescape' codec can't decode bytes")
      text += point > 0xffff ? fromCharCode(0xd7c0 + (point >> 10), 0xdc00 | (point & 0x3ff)) : fromCharCode(point)
      at += 2 + digits
      start = at
    }
    return text + readLatin1(bytes, start, lineEnd)
  }

  /** STRING: a quoted literal of Python 2, in ASCII. */
  function readStringLine(bytes: Uint8Array, at: number, lineEnd: number): string {
    const quote = bytes[at]
    if (lineEnd - at < 2 || quote !== bytes[lineEnd - 1] || (quote !== 0x27 && quote !== 0x22)) {
      throw decodeError('the STRING opcode argument must be quoted')
    }
    const end = lineEnd - 1
    let text = ''
    let start = at + 1
    at = start
    while (at < end) {
      if (bytes[at] !== BACKSLASH) {
        at += 1
        continue
      }
      text += readAscii(bytes, start, at)
      if (at + 1 === end) throw decodeError('Trailing \\ in string')
      const kind = bytes[at + 1] as number
      const plain = escapedCode(kind)
      if (plain !== -1) {
        text += plain === -2 ? '' : fromCharCode(plain)
        at += 2
      } else if (kind === 0x78) {
        const code = readHex(bytes, at + 2, 2, end)
        if (code === -1) throw decodeError('invalid \\x escape')
        text += asciiCharacter(code)
        at += 4
      } else if (kind >= 0x30 && kind <= 0x37) {
        let code = 0
        at += 1
        for (let digits = 0; digits < 3 && at < end && ((bytes[at] as number) & 0xf8) === 0x30; digits += 1) {
          code = code * 8 + (bytes[at] as number) - 0x30
          at += 1
        }
        text += asciiCharacter(code & 0xff)
      } else {
        text += '\\'
        at += 1
      }
      start = at
    }
    return text + readAscii(bytes, start, end)
  }

  /** The code after a backslash, -1 if it takes more than one character, -2 for an escaped end of line. */
  function escapedCode(kind: number): number {
    switch (kind) {
      case NEWLINE:
        return -2
      case BACKSLASH:
      case 0x27:
      case 0x22:
        return kind
      case 0x61:
        return 7
      case 0x62:
        return 8
      case 0x66:
        return 12
      case 0x6e:
        return NEWLINE
      case 0x72:
        return 13
      case 0x74:
        return 9
      case 0x76:
        return 11
      default:
        return -1
    }
  }

  /** -1 if there are not as many hexadecimal digits. */
  function readHex(bytes: Uint8Array, at: number, digits: number, end: number): number {
    if (at + digits > end) return -1
    let value = 0
    for (let index = 0; index < digits; index += 1) {
      const code = bytes[at + index] as number
      const lower = code | 0x20
      const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : lower >= 0x61 && lower <= 0x66 ? lower - 87 : -1
      if (digit === -1) return -1
      value = value * 16 + digit
    }
    return value
  }

  function asciiCharacter(code: number): string {
    if (code >= 0x80) throw notAscii(code)
    return fromCharCode(code)
  }
}
