// CompressionStream and DecompressionStream: brotli by the host, all else by a library.
import { stringSlice, typedArrayLength, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { bytesOf, copyBytes } from '../bytes.ts'
import { toDomString } from '../convert.ts'
import { needArguments, shapeInterface } from '../interface.ts'
import { createBrotliCodec } from './brotli.ts'
import { createTransform } from './internal.ts'
import type { Output, StreamPair, TransformSteps } from './internal.ts'
import { createDeflater, createInflater, isFormat } from './zlib.ts'
import type { Codec, Format } from './zlib.ts'

const BROTLI = 'brotli'

export function createCompressionGlobals(): object {
  shapeInterface(CompressionStream, 'CompressionStream')
  shapeInterface(DecompressionStream, 'DecompressionStream')
  return { __proto__: null, CompressionStream, DecompressionStream }
}

class CompressionStream {
  readonly #pair: StreamPair

  constructor(format: unknown) {
    needArguments(arguments.length, 1, 'CompressionStream')
    this.#pair = createPair(createCompressor(toFormat(format, 'CompressionStream')), 'CompressionStream')
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
    this.#pair = createPair(createDecompressor(toFormat(format, 'DecompressionStream')), 'DecompressionStream')
  }

  get readable(): object {
    return this.#pair.readable
  }

  get writable(): object {
    return this.#pair.writable
  }
}

const createCompressor = (format: Format | typeof BROTLI): Codec =>
  format === BROTLI ? createBrotliCodec('compress') : createDeflater(format)
const createDecompressor = (format: Format | typeof BROTLI): Codec =>
  format === BROTLI ? createBrotliCodec('decompress') : createInflater(format)

function toFormat(value: unknown, what: string): Format | typeof BROTLI {
  const text = toDomString(value)
  if (isFormat(text) || text === BROTLI) return text
  const known = `'brotli', 'deflate', 'deflate-raw' and 'gzip'`
  throw new TypeErrorIntrinsic(`${what}: the formats are ${known}; '${stringSlice(text, 0, 40)}' is not there`)
}

function createPair({ push, end, drop }: Codec, what: string): StreamPair {
  const steps = {
    __proto__: null,
    async transform(chunk: unknown, output: Output) {
      try {
        const bytes = bytesOf(chunk)
        if (bytes === undefined) throw new TypeErrorIntrinsic(`${what}: a chunk must be a buffer or a view of one`)
        // The guest may change its buffer, or give it away, while a reader is waited for.
        if (typedArrayLength(bytes) > 0) await push(copyBytes(bytes), output)
      } catch (error) {
        // Which is the end of the stream.
        drop?.()
        throw error
      }
    },
    flush: async (output: Output) => end(output),
  } as unknown as TransformSteps
  return createTransform(steps, drop)
}
