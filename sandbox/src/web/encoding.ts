// TextEncoder and TextDecoder.
import { charCodeAt, typedArrayLength, typedArrayName, TypeErrorIntrinsic, Uint8ArrayIntrinsic } from '../intrinsics.ts'
import { bytesOfAny } from './bytes.ts'
import { toDomString } from './convert.ts'
import { needArguments, readOptions, shapeInterface } from './interface.ts'
import { createPieceDecoder, readDecoderOptions } from './text-decoding.ts'
import type { DecodePiece, DecoderOptions } from './text-decoding.ts'
import { encodeUtf8 } from './utf8.ts'

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

class TextDecoder {
  readonly #options: DecoderOptions
  readonly #decode: DecodePiece

  constructor(label: unknown = 'utf-8', options: unknown = undefined) {
    this.#options = readDecoderOptions(label, options, 'TextDecoder')
    this.#decode = createPieceDecoder(this.#options, 'TextDecoder.decode')
  }

  get encoding(): string {
    return this.#options.encoding
  }

  get fatal(): boolean {
    return this.#options.fatal
  }

  get ignoreBOM(): boolean {
    return this.#options.ignoreBom
  }

  decode(input: unknown = undefined, options: unknown = undefined): string {
    const decode = this.#decode
    const bytes = input === undefined ? new Uint8ArrayIntrinsic(0) : bytesOfAny(input)
    if (bytes === undefined)
      throw new TypeErrorIntrinsic('TextDecoder.decode: the input must be a buffer or a view of one')
    const { stream } = readOptions(options, 'TextDecoder.decode') as { stream?: unknown }
    return decode(bytes, !!stream)
  }
}
