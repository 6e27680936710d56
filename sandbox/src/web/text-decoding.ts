// What TextDecoder and TextDecoderStream have in common: labels, and the decoding of one text that comes in pieces.
import {
  charCodeAt,
  RangeErrorIntrinsic,
  regExpExec,
  stringSlice,
  stringToLowerCase,
  TypeErrorIntrinsic,
} from '../intrinsics.ts'
import { toDomString } from './convert.ts'
import { createLegacyDecoder, nameLegacyEncoding } from './gateways.ts'
import { readOptions } from './interface.ts'
import { createUtf8Decoder } from './utf8.ts'
import type { StreamDecoder } from './utf8.ts'
import { createUtf16Decoder } from './utf16.ts'

/** Labels of the encodings that are decoded here; a library knows all others. */
const LABELS = {
  __proto__: null,
  'unicode-1-1-utf-8': 'utf-8',
  unicode11utf8: 'utf-8',
  unicode20utf8: 'utf-8',
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'x-unicode20utf8': 'utf-8',
  unicodefffe: 'utf-16be',
  'utf-16be': 'utf-16be',
  csunicode: 'utf-16le',
  'iso-10646-ucs-2': 'utf-16le',
  'ucs-2': 'utf-16le',
  unicode: 'utf-16le',
  unicodefeff: 'utf-16le',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
} as unknown as Readonly<Record<string, string | undefined>>

/** No label is longer. */
const MAX_LABEL_CHARACTERS = 32

/** The name of the encoding with a label; undefined when there is none that can be decoded. */
export function encodingOf(label: string): string | undefined {
  const trimmed = regExpExec(/^[\t\n\f\r ]*([^\t\n\f\r ]+)[\t\n\f\r ]*$/, label)?.[1]
  return trimmed === undefined || trimmed.length > MAX_LABEL_CHARACTERS || regExpExec(/[^!-~]/, trimmed) !== null
    ? undefined
    : (LABELS[stringToLowerCase(trimmed)] ?? nameLegacyEncoding(stringToLowerCase(trimmed)))
}

function nameEncoding(label: string, what: string): string {
  const name = encodingOf(label)
  if (name !== undefined) return name
  throw new RangeErrorIntrinsic(`${what}: there is no encoding with the label '${stringSlice(label, 0, 40)}'`)
}

function createDecoder(encoding: string, fatal: boolean): StreamDecoder {
  if (encoding === 'utf-8') return createUtf8Decoder(fatal)
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return createUtf16Decoder(fatal, encoding === 'utf-16be')
  return createLegacyDecoder(encoding, fatal)
}

/** What a guest asks of a decoder. */
export interface DecoderOptions {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBom: boolean
}

/** @param what the class that is asked, for messages. */
export function readDecoderOptions(label: unknown, options: unknown, what: string): DecoderOptions {
  const encoding = nameEncoding(toDomString(label), what)
  const { fatal, ignoreBOM } = readOptions(options, what) as { fatal?: unknown; ignoreBOM?: unknown }
  return { __proto__: null, encoding, fatal: !!fatal, ignoreBom: !!ignoreBOM } as DecoderOptions
}

const BOM_ENCODINGS = { __proto__: null, 'utf-8': true, 'utf-16le': true, 'utf-16be': true }

/** Decodes a piece, and all that is left when none follows; then it begins anew. Throws a TypeError when it is fatal. */
export type DecodePiece = (bytes: Uint8Array, goesOn: boolean) => string

export function createPieceDecoder({ encoding, fatal, ignoreBom }: DecoderOptions, what: string): DecodePiece {
  let decoder: StreamDecoder | undefined
  let hasBegun = false
  return (bytes, goesOn) => {
    const { push, end } = (decoder ??= createDecoder(encoding, fatal))
    const text = push(bytes)
    const rest = text === undefined || goesOn ? '' : end()
    const hadBegun = hasBegun
    hasBegun = goesOn && (hadBegun || (text !== undefined && text !== ''))
    if (!goesOn) decoder = undefined
    if (text === undefined || rest === undefined) {
      throw new TypeErrorIntrinsic(`${what}: the input is not valid ${encoding}`)
    }
    const whole = text + rest
    const hasMark = !hadBegun && !ignoreBom && encoding in BOM_ENCODINGS && charCodeAt(whole, 0) === 0xfeff
    return hasMark ? stringSlice(whole, 1) : whole
  }
}
