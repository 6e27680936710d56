// What a reader makes of the bytes of a blob: the File API calls it to package data.
import { regExpExec, typedArrayBuffer, typedArrayLength } from '../../intrinsics.ts'
import { copyBytes } from '../bytes.ts'
import { parameterOf, parseMimeType } from '../fetch/mime-type.ts'
import { createPieceDecoder, encodingOf } from '../text-decoding.ts'
import { toBase64Text } from '../to-base64.ts'
import { createUnits } from '../units.ts'
import type { BlobContent } from './blob-content.ts'

export type Form = 'ArrayBuffer' | 'BinaryString' | 'DataURL' | 'Text'

/** @param label of the encoding of a text, if the program has said one. */
export function packageData(
  { content, type }: BlobContent,
  form: Form,
  label: string | undefined,
): string | ArrayBuffer {
  switch (form) {
    case 'ArrayBuffer':
      return typedArrayBuffer(copyBytes(content))
    case 'BinaryString':
      return toBinaryString(content)
    case 'DataURL':
      return `data:${type === '' ? 'application/octet-stream' : type};base64,${toBase64Text(content)}`
    default:
      return decodeText(content, type, label)
  }
}

/** A character for each byte. */
function toBinaryString(bytes: Uint8Array): string {
  const { add, take } = createUnits()
  const size = typedArrayLength(bytes)
  for (let index = 0; index < size; index++) add(bytes[index] as number)
  return take()
}

/** Labels of encodings that the web does not decode. */
const REPLACED = /^[\t\n\f\r ]*(?:csiso2022kr|hz-gb-2312|iso-2022-(?:cn|cn-ext|kr)|replacement)[\t\n\f\r ]*$/i

/** A byte order mark counts more than what the program or the type says. */
function decodeText(bytes: Uint8Array, type: string, label: string | undefined): string {
  const encoding = markOf(bytes) ?? readLabel(label) ?? readLabel(charsetOf(type)) ?? 'utf-8'
  if (encoding === 'replacement') return typedArrayLength(bytes) === 0 ? '' : '\ufffd'
  // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
  const decode = createPieceDecoder({ __proto__: null, encoding, fatal: false, ignoreBom: false }, 'FileReader')
  return decode(bytes, false)
}

function markOf(bytes: Uint8Array): string | undefined {
  const { 0: first, 1: second, 2: third } = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return first === 0xff && second === 0xfe ? 'utf-16le' : undefined
}

function readLabel(label: string | undefined): string | undefined {
  if (label === undefined) return undefined
  return regExpExec(REPLACED, label) === null ? encodingOf(label) : 'replacement'
}

function charsetOf(type: string): string | undefined {
  const parsed = parseMimeType(type)
  return parsed === null ? undefined : parameterOf(parsed.parameters, 'charset')
}
