// CompressionStream and DecompressionStream.
import { stringSlice, typedArrayLength, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { bytesOf, copyBytes } from '../bytes.ts'
import { toDomString } from '../convert.ts'
import { needArguments, shapeInterface } from '../interface.ts'
import { createTransform } from './internal.ts'
import type { Output, StreamPair } from './internal.ts'
import { createDeflater, createInflater, isFormat } from './zlib.ts'
import type { Codec, Format } from './zlib.ts'

export function createCompressionGlobals(): object {
  shapeInterface(CompressionStream, 'CompressionStream')
  shapeInterface(DecompressionStream, 'DecompressionStream')
  return { __proto__: null, CompressionStream, DecompressionStream }
}

class CompressionStream {
  readonly #pair: StreamPair

  constructor(format: unknown) {
    needArguments(arguments.length, 1, 'CompressionStream')
    this.#pair = createPair(createDeflater(toFormat(format, 'CompressionStream')), 'CompressionStream')
  }

  get readable(): object {
    return this.#pair.readable
  }

  get writable(): object {
    return this.#pair.writable
  }
}

class DecompressionStream {
  readonly #pair: StreamPair

  constructor(format: unknown) {
    needArguments(arguments.length, 1, 'DecompressionStream')
    this.#pair = createPair(createInflater(toFormat(format, 'DecompressionStream')), 'DecompressionStream')
  }

  get readable(): object {
    return this.#pair.readable
  }

  get writable(): object {
    return this.#pair.writable
  }
}

function toFormat(value: unknown, what: string): Format {
  const text = toDomString(value)
  if (isFormat(text)) return text
  const known = `'deflate', 'deflate-raw' and 'gzip'`
  throw new TypeErrorIntrinsic(`${what}: the formats are ${known}; '${stringSlice(text, 0, 40)}' is not there`)
}

function createPair({ push, end }: Codec, what: string): StreamPair {
  return createTransform({
    __proto__: null,
    async transform(chunk: unknown, output: Output) {
      const bytes = bytesOf(chunk)
      if (bytes === undefined) throw new TypeErrorIntrinsic(`${what}: a chunk must be a buffer or a view of one`)
      // The guest may change its buffer, or give it away, while a reader is waited for.
      if (typedArrayLength(bytes) > 0) await push(copyBytes(bytes), output)
    },
    flush: async (output: Output) => end(output),
  } as unknown as Parameters<typeof createTransform>[0])
}
