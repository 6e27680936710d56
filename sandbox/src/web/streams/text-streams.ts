// TextEncoderStream and TextDecoderStream.
import { charCodeAt, stringSlice, typedArrayLength, TypeErrorIntrinsic, Uint8ArrayIntrinsic } from '../../intrinsics.ts'
import { bytesOfAny } from '../bytes.ts'
import { toDomString } from '../convert.ts'
import { shapeInterface } from '../interface.ts'
import { createPieceDecoder, readDecoderOptions } from '../text-decoding.ts'
import type { DecoderOptions } from '../text-decoding.ts'
import { encodeUtf8 } from '../utf8.ts'
import { createTransform } from './internal.ts'
import type { StreamPair, TransformSteps } from './internal.ts'

export function createTextStreamGlobals(): object {
  shapeInterface(TextEncoderStream, 'TextEncoderStream')
  shapeInterface(TextDecoderStream, 'TextDecoderStream')
  return { __proto__: null, TextEncoderStream, TextDecoderStream }
}

class TextEncoderStream {
  readonly #pair: StreamPair = createTransform(encoderSteps())

  get encoding(): string {
    return this.#pair && 'utf-8'
  }

  get readable(): object {
    return this.#pair.readable
  }

  get writable(): object {
    return this.#pair.writable
  }
}

/** The first half of a pair of surrogates waits for the second one, which may be in the next chunk. */
function encoderSteps(): TransformSteps {
  let half = ''
  return {
    __proto__: null,
    transform(chunk, { enqueue }) {
      const text = half + toDomString(chunk)
      const { length } = text
      const last = length === 0 ? 0 : charCodeAt(text, length - 1)
      const isHalf = last >= 0xd800 && last <= 0xdbff
      half = isHalf ? stringSlice(text, length - 1) : ''
      const whole = isHalf ? stringSlice(text, 0, length - 1) : text
      if (whole !== '') enqueue(encodeUtf8(whole))
    },
    flush({ enqueue }) {
      if (half !== '') enqueue(encodeUtf8(half))
    },
  } as TransformSteps
}

class TextDecoderStream {
  readonly #options: DecoderOptions
  readonly #pair: StreamPair

  constructor(label: unknown = 'utf-8', options: unknown = undefined) {
    this.#options = readDecoderOptions(label, options, 'TextDecoderStream')
    this.#pair = createTransform(decoderSteps(this.#options))
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

  get readable(): object {
    return this.#pair.readable
  }

  get writable(): object {
    return this.#pair.writable
  }
}

function decoderSteps(options: DecoderOptions): TransformSteps {
  const decode = createPieceDecoder(options, 'TextDecoderStream')
  return {
    __proto__: null,
    transform(chunk, { enqueue }) {
      const bytes = bytesOfAny(chunk)
      if (bytes === undefined)
        throw new TypeErrorIntrinsic('TextDecoderStream: a chunk must be a buffer or a view of one')
      const text = typedArrayLength(bytes) === 0 ? '' : decode(bytes, true)
      if (text !== '') enqueue(text)
    },
    flush({ enqueue }) {
      const text = decode(new Uint8ArrayIntrinsic(0), false)
      if (text !== '') enqueue(text)
    },
  } as TransformSteps
}
