// Answers to requests for `data:` URLs.
import { decodeBase64 } from '../../codec/base64.ts'
import {
  ArrayBufferIntrinsic,
  charCodeAt,
  fromCharCode,
  regExpExec,
  stringIndexOf,
  stringSlice,
  stringStartsWith,
  stringTrim,
  typedArrayBuffer,
  typedArrayLength,
  TypeErrorIntrinsic,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { copyBytes } from '../bytes.ts'
import { header } from '../header-list.ts'
import type { Header } from '../header-list.ts'
import { createItems } from '../sequence.ts'
import { hexValue } from '../url/percent.ts'
import { parseMimeType, serializeMimeType } from './mime-type.ts'
import { ownAnswer } from './own-answer.ts'
import type { ResponseState } from './response.ts'

const DEFAULT_TYPE = 'text/plain;charset=US-ASCII'

/** @param url without its fragment. Throws a TypeError for what is malformed. */
export function answerDataUrl(url: string): ResponseState {
  const rest = stringSlice(url, 'data:'.length)
  const comma = stringIndexOf(rest, ',')
  if (comma === -1) throw new TypeErrorIntrinsic('fetch: the data: URL has no comma')
  let type = stringTrim(stringSlice(rest, 0, comma))
  let bytes = percentDecodeBytes(stringSlice(rest, comma + 1))
  const base64 = regExpExec(/; *base64$/i, type)
  if (base64 !== null) {
    bytes = forgive(bytes)
    type = stringSlice(type, 0, base64.index)
  }
  if (stringStartsWith(type, ';')) type = `text/plain${type}`
  const parsed = parseMimeType(type)
  const list = createItems<Header>()
  list[0] = header('content-type', parsed === null ? DEFAULT_TYPE : serializeMimeType(parsed))
  return ownAnswer(url, list, bytes)
}

/** A URL has no character beyond ASCII. */
function percentDecodeBytes(text: string): Uint8Array {
  const bytes = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(text.length))
  let length = 0
  for (let index = 0; index < text.length; index++) {
    const code = charCodeAt(text, index)
    const high = code === 0x25 && index + 2 < text.length ? hexValue(charCodeAt(text, index + 1)) : -1
    const low = high === -1 ? -1 : hexValue(charCodeAt(text, index + 2))
    if (low === -1) bytes[length++] = code
    else {
      bytes[length++] = (high << 4) | low
      index += 2
    }
  }
  return copyBytes(new Uint8ArrayIntrinsic(typedArrayBuffer(bytes), 0, length))
}

/** What the standard calls forgiving-base64 decode. */
function forgive(bytes: Uint8Array): Uint8Array {
  let text = ''
  const length = typedArrayLength(bytes)
  for (let index = 0; index < length; index++) {
    const code = bytes[index] as number
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0c && code !== 0x0d) text += fromCharCode(code)
  }
  const padding = text.length % 4 === 0 ? (regExpExec(/={1,2}$/, text)?.[0] ?? '').length : 0
  const data = stringSlice(text, 0, text.length - padding)
  if (data.length % 4 === 1 || regExpExec(/[^+/0-9A-Za-z]/, data) !== null) {
    throw new TypeErrorIntrinsic('fetch: the data: URL is no base64')
  }
  return copyBytes(decodeBase64(`${data}${data.length % 4 === 2 ? '==' : data.length % 4 === 3 ? '=' : ''}`))
}
