// Percent-encoding as the URL standard has it.
import {
  charCodeAt,
  fromCharCode,
  stringIndexOf,
  typedArrayBuffer,
  typedArrayLength,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { decodeUtf8, encodeUtf8 } from '../utf8.ts'

/** The printable ASCII characters that are to be encoded; control characters and all that is beyond ASCII always are. */
type EncodeSet = string

export const CONTROL_SET: EncodeSet = ''
export const FRAGMENT_SET: EncodeSet = ' "<>`'
export const QUERY_SET: EncodeSet = ' "#<>'
export const SPECIAL_QUERY_SET: EncodeSet = ' "#<>\''
export const PATH_SET: EncodeSet = ' "#<>?^`{}'
export const USERINFO_SET: EncodeSet = ' "#<>?^`{}/:;=@[\\]|'
/** For `application/x-www-form-urlencoded`, where a space becomes a plus. */
export const FORM_SET: EncodeSet = ' !"#$%&\'()+,/:;<=>?@[\\]^`{|}~'

const HEX = '0123456789ABCDEF'

export function percentEncode(text: string, set: EncodeSet, spaceAsPlus = false): string {
  let index = 0
  while (index < text.length && isPlain(charCodeAt(text, index), set)) index++
  if (index === text.length) return text
  const bytes = encodeUtf8(text)
  const size = typedArrayLength(bytes)
  let encoded = ''
  for (let at = 0; at < size; at++) {
    const byte = bytes[at] as number
    if (isPlain(byte, set)) encoded += fromCharCode(byte)
    else if (byte === 0x20 && spaceAsPlus) encoded += '+'
    else encoded += `%${HEX[byte >> 4] as string}${HEX[byte & 0xf] as string}`
  }
  return encoded
}

function isPlain(code: number, set: EncodeSet): boolean {
  return code >= 0x20 && code < 0x7f && stringIndexOf(set, fromCharCode(code)) === -1
}

/** The text that the bytes spell which a percent-encoded one stands for; what is no percent-encoding stays as it is. */
export function percentDecode(text: string): string {
  if (stringIndexOf(text, '%') === -1) return text
  const source = encodeUtf8(text)
  const size = typedArrayLength(source)
  let length = 0
  for (let index = 0; index < size; index++) {
    const byte = source[index] as number
    const high = byte === 0x25 ? hexValue(source[index + 1]) : -1
    const low = high === -1 ? -1 : hexValue(source[index + 2])
    if (low === -1) source[length++] = byte
    else {
      source[length++] = (high << 4) | low
      index += 2
    }
  }
  return decodeUtf8(new Uint8ArrayIntrinsic(typedArrayBuffer(source), 0, length))
}

export function hexValue(code: number | undefined): number {
  if (code === undefined) return -1
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  if (code >= 0x41 && code <= 0x46) return code - 0x37
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
}
