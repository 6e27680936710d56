// TextEncoder and TextDecoder.
import {
  RangeErrorIntrinsic,
  regExpExec,
  stringSlice,
  stringToLowerCase,
  typedArrayLength,
  typedArrayName,
  TypeErrorIntrinsic,
  Uint8ArrayIntrinsic,
  charCodeAt,
} from '../intrinsics.ts'
import { bytesOf } from './bytes.ts'
import { toDomString } from './convert.ts'
import { createLegacyDecoder, nameLegacyEncoding } from './gateways.ts'
import { needArguments, readOptions, shapeInterface } from './interface.ts'
import { createUtf8Decoder, encodeUtf8 } from './utf8.ts'
import type { StreamDecoder } from './utf8.ts'
import { createUtf16Decoder } from './utf16.ts'

export function createEncodingGlobals(): object {
  shapeInterface(TextEncoder, 'TextEncoder')
  shapeInterface(TextDecoder, 'TextDecoder')
  return { __proto__: null, TextEncoder, TextDecoder }
}

class TextEncoder {
  readonly #isEncoder = true

  get encoding(): string {
    brand(this.#isEncoder)
    return 'utf-8'
  }

  encode(input: unknown = ''): Uint8Array {
    brand(this.#isEncoder)
    return encodeUtf8(toDomString(input))
  }

  encodeInto(source: unknown, destination: unknown): object {
    brand(this.#isEncoder)
    needArguments(arguments.length, 2, 'TextEncoder.encodeInto')
    const text = toDomString(source)
    if (typedArrayName(destination) !== 'Uint8Array') {
      throw new TypeErrorIntrinsic('TextEncoder.encodeInto: the destination must be a Uint8Array')
    }
    return writeInto(text, destination as Uint8Array)
  }
}

/** Reading a private field of something else throws; that is all that it is for. */
function brand(_field: boolean): void {}

function writeInto(text: string, target: Uint8Array): object {
  const room = typedArrayLength(target)
  let read = 0
  let written = 0
  while (read < text.length) {
    const code = charCodeAt(text, read)
    const next = code >= 0xd800 && code <= 0xdbff ? charCodeAt(text, read + 1) : 0
    const isPair = next >= 0xdc00 && next <= 0xdfff
    const point = isPair ? 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00) : isSurrogate(code) ? 0xfffd : code
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    if (written + size > room) break
    if (size === 1) target[written] = point
    else {
      target[written] = size === 2 ? 0xc0 | (point >> 6) : size === 3 ? 0xe0 | (point >> 12) : 0xf0 | (point >> 18)
      for (let index = 1; index < size; index++) {
        target[written + index] = 0x80 | ((point >> (6 * (size - 1 - index))) & 0x3f)
      }
    }
    written += size
    read += isPair ? 2 : 1
  }
  return { read, written }
}

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff

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

function nameEncoding(label: string): string {
  const trimmed = regExpExec(/^[\t\n\f\r ]*([^\t\n\f\r ]+)[\t\n\f\r ]*$/, label)?.[1]
  const name =
    trimmed === undefined || trimmed.length > MAX_LABEL_CHARACTERS || regExpExec(/[^!-~]/, trimmed) !== null
      ? undefined
      : (LABELS[stringToLowerCase(trimmed)] ?? nameLegacyEncoding(stringToLowerCase(trimmed)))
  if (name !== undefined) return name
  throw new RangeErrorIntrinsic(`TextDecoder: there is no encoding with the label '${stringSlice(label, 0, 40)}'`)
}

function createDecoder(encoding: string, fatal: boolean): StreamDecoder {
  if (encoding === 'utf-8') return createUtf8Decoder(fatal)
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return createUtf16Decoder(fatal, encoding === 'utf-16be')
  return createLegacyDecoder(encoding, fatal)
}

class TextDecoder {
  readonly #encoding: string
  readonly #fatal: boolean
  readonly #ignoreBom: boolean
  #decoder: StreamDecoder | undefined
  #hasBegun = false

  constructor(label: unknown = 'utf-8', options: unknown = undefined) {
    this.#encoding = nameEncoding(toDomString(label))
    const { fatal, ignoreBOM } = readOptions(options, 'TextDecoder') as { fatal?: unknown; ignoreBOM?: unknown }
    this.#fatal = !!fatal
    this.#ignoreBom = !!ignoreBOM
  }

  get encoding(): string {
    return this.#encoding
  }

  get fatal(): boolean {
    return this.#fatal
  }

  get ignoreBOM(): boolean {
    return this.#ignoreBom
  }

  decode(input: unknown = undefined, options: unknown = undefined): string {
    const encoding = this.#encoding
    const bytes = input === undefined ? new Uint8ArrayIntrinsic(0) : bytesOf(input)
    if (bytes === undefined)
      throw new TypeErrorIntrinsic('TextDecoder.decode: the input must be a buffer or a view of one')
    const { stream } = readOptions(options, 'TextDecoder.decode') as { stream?: unknown }
    const goesOn = !!stream
    const decoder = (this.#decoder ??= createDecoder(encoding, this.#fatal))
    const { push, end } = decoder
    const text = push(bytes)
    const rest = text === undefined || goesOn ? '' : end()
    const hadBegun = this.#hasBegun
    this.#hasBegun = goesOn && (hadBegun || (text !== undefined && text !== ''))
    if (!goesOn) this.#decoder = undefined
    if (text === undefined || rest === undefined) {
      throw new TypeErrorIntrinsic(`TextDecoder.decode: the input is not valid ${encoding}`)
    }
    const whole = text + rest
    const hasMark = !hadBegun && !this.#ignoreBom && encoding in BOM_ENCODINGS && charCodeAt(whole, 0) === 0xfeff
    return hasMark ? stringSlice(whole, 1) : whole
  }
}

const BOM_ENCODINGS = { __proto__: null, 'utf-8': true, 'utf-16le': true, 'utf-16be': true }
