// Compression by the library, piece by piece: a piece is handed on before the next is made, so that what a small input
// grows to need not fit into memory.
import { Z_DEFAULT_STRATEGY, zlibDeflate, zlibDeflateInit2, zlibInflate, zlibInflateInit2, ZStream } from 'pako'
import {
  ArrayBufferIntrinsic,
  ErrorIntrinsic,
  typedArrayLength,
  typedArraySet,
  TypeErrorIntrinsic,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import type { Output } from './internal.ts'

/** One run of a compression or a decompression. Nothing may change the input while it is worked on. */
export interface Codec {
  readonly push: (input: Uint8Array, output: Output) => Promise<void>
  readonly end: (output: Output) => Promise<void>
  /** Nobody wants the rest; absent where there is nothing to be freed. */
  readonly drop?: () => void
}

/** How the bytes of a format are wrapped, in the numbers of zlib. */
const WINDOW_BITS = { __proto__: null, deflate: 15, 'deflate-raw': -15, gzip: 31 }
export type Format = 'deflate' | 'deflate-raw' | 'gzip'
export const isFormat = (text: string): text is Format => text in WINDOW_BITS

const PIECE_BYTES = 65_536
const DEFAULT_LEVEL = -1
const DEFLATED = 8
const MEMORY_LEVEL = 8

// What the library's functions are asked to do, and what they say.
const NO_FLUSH = 0
const FINISH = 4
const OK = 0
const STREAM_END = 1
/** Nothing could be done, for lack of input or of room: no error. */
const BUFFER_ERROR = -5

function setUp(stream: ZStream, status: number): void {
  if (status !== OK) throw new ErrorIntrinsic(`zlib does not start: ${status}`)
  stream.output = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(PIECE_BYTES))
  stream.next_out = 0
  stream.avail_out = PIECE_BYTES
}

function feed(stream: ZStream, input: Uint8Array): void {
  stream.input = input
  stream.next_in = 0
  stream.avail_in = typedArrayLength(input)
}

/** Only the first piece of a chunk is put whether somebody reads or not. */
async function putOutput(stream: ZStream, { enqueue, room }: Output, isFirst: boolean): Promise<void> {
  if (!isFirst) await room()
  enqueue(takeOutput(stream))
}

/** What has been made so far, in a buffer of its own. */
function takeOutput(stream: ZStream): Uint8Array {
  const { output, next_out: size } = stream
  const piece = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(size))
  typedArraySet(piece, new Uint8ArrayIntrinsic(output.buffer, 0, size), 0)
  stream.next_out = 0
  stream.avail_out = PIECE_BYTES
  return piece
}

const nothing = (): Uint8Array => new Uint8ArrayIntrinsic(0)

export function createDeflater(format: Format): Codec {
  const stream = new ZStream()
  const bits = WINDOW_BITS[format]
  setUp(stream, zlibDeflateInit2(stream, DEFAULT_LEVEL, DEFLATED, bits, MEMORY_LEVEL, Z_DEFAULT_STRATEGY))

  async function run(input: Uint8Array, flush: typeof NO_FLUSH | typeof FINISH, output: Output): Promise<void> {
    feed(stream, input)
    for (let isFirst = true; ; isFirst = false) {
      const status = zlibDeflate(stream, flush)
      if (status !== OK && status !== STREAM_END && status !== BUFFER_ERROR) {
        throw new TypeErrorIntrinsic(`CompressionStream: zlib says ${status}`)
      }
      const isFull = stream.avail_out === 0
      // oxlint-disable-next-line no-await-in-loop -- one piece after the other
      if (stream.next_out > 0) await putOutput(stream, output, isFirst)
      if (!isFull) return
    }
  }

  return {
    __proto__: null,
    push: async (input: Uint8Array, output: Output) => run(input, NO_FLUSH, output),
    end: async (output: Output) => run(nothing(), FINISH, output),
  } as unknown as Codec
}

/** Every input that is not one whole stream of the format, and nothing behind it, is a TypeError. */
export function createInflater(format: Format): Codec {
  const stream = new ZStream()
  setUp(stream, zlibInflateInit2(stream, WINDOW_BITS[format]))
  let hasEnded = false

  function refuseRest(bytes: number): void {
    if (bytes === 0) return
    throw new TypeErrorIntrinsic(`DecompressionStream: ${bytes} bytes or more follow the end of the ${format} data`)
  }

  async function push(input: Uint8Array, output: Output): Promise<void> {
    if (hasEnded) {
      refuseRest(typedArrayLength(input))
      return
    }
    feed(stream, input)
    for (let isFirst = true; ; isFirst = false) {
      const status = zlibInflate(stream, NO_FLUSH)
      if (status !== OK && status !== STREAM_END && status !== BUFFER_ERROR) {
        throw new TypeErrorIntrinsic(`DecompressionStream: the input is not valid ${format}: ${stream.msg}`)
      }
      hasEnded = status === STREAM_END
      const isFull = stream.avail_out === 0
      // oxlint-disable-next-line no-await-in-loop -- one piece after the other
      if (stream.next_out > 0) await putOutput(stream, output, isFirst)
      if (hasEnded) refuseRest(stream.avail_in)
      if (hasEnded || !isFull) return
    }
  }

  return {
    __proto__: null,
    push,
    async end() {
      if (!hasEnded) throw new TypeErrorIntrinsic(`DecompressionStream: the input ends before its ${format} data does`)
    },
  } as unknown as Codec
}
