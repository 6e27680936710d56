// atob and btoa, which take and give a character for each byte.
import { encodeBase64 } from '../codec/base64.ts'
import { charCodeAt, Uint8ArrayIntrinsic } from '../intrinsics.ts'
import { toDomString } from './convert.ts'
import { domError } from './dom-error.ts'
import { needArguments } from './interface.ts'
import { createUnits } from './units.ts'

/** @param count how many arguments there were. */
export function encodeText(data: unknown, count: number): string {
  needArguments(count, 1, 'btoa')
  const text = toDomString(data)
  const bytes = new Uint8ArrayIntrinsic(text.length)
  for (let index = 0; index < text.length; index++) {
    const code = charCodeAt(text, index)
    if (code > 0xff) {
      throw domError('InvalidCharacterError', `btoa: the character at ${index} is beyond Latin-1 (U+00FF)`)
    }
    bytes[index] = code
  }
  return encodeBase64(bytes, text.length)
}

export function decodeText(data: unknown, count: number): string {
  needArguments(count, 1, 'atob')
  const text = toDomString(data)
  const { add, take } = createUnits()
  const end = endOfData(text)
  let held = 0
  let bits = 0
  let characters = 0
  for (let index = 0; index < end; index++) {
    const code = charCodeAt(text, index)
    if (isSpace(code)) continue
    const value = valueOf(code)
    if (value === -1) throw invalid(`the character at ${index} is not of base64`)
    characters++
    held = ((held << 6) | value) & 0xfff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    add((held >> bits) & 0xff)
  }
  if (characters % 4 === 1) throw invalid(`${characters} characters do not end with a byte`)
  return take()
}

/** Without padding, of which there may be one or two when it makes the length a multiple of four. */
function endOfData(text: string): number {
  let characters = 0
  let padding = 0
  let end = text.length
  for (let index = 0; index < text.length; index++) if (!isSpace(charCodeAt(text, index))) characters++
  if (characters % 4 !== 0) return end
  for (let index = text.length - 1; index >= 0 && padding < 2; index--) {
    const code = charCodeAt(text, index)
    if (isSpace(code)) continue
    if (code !== 0x3d) break
    padding++
    end = index
  }
  return end
}

const isSpace = (code: number): boolean =>
  code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0c || code === 0x0d

function valueOf(code: number): number {
  if (code >= 0x61) return code <= 0x7a ? code - 71 : -1
  if (code >= 0x41) return code <= 0x5a ? code - 65 : -1
  if (code >= 0x30) return code <= 0x39 ? code + 4 : -1
  return code === 0x2b ? 62 : code === 0x2f ? 63 : -1
}

function invalid(reason: string): Error {
  return domError('InvalidCharacterError', `atob: the text is not base64: ${reason}`)
}
