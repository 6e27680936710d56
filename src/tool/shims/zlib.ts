// Brotli and `crc32` of `node:zlib` in a bundle, the former by the streams of the sandbox: the library that stands in for the rest has neither.
import { Buffer } from 'node:buffer'

type Input = string | ArrayBuffer | Uint8Array<ArrayBuffer>
type Done = (error: unknown, result?: Buffer) => void

async function pipe(data: Input, transform: CompressionStream | DecompressionStream): Promise<Buffer> {
  const stream = new Blob([data]).stream().pipeThrough(transform)
  return Buffer.from(await new Response(stream).arrayBuffer())
}

/** Options are Node.js's effort and windows, of which the sandbox has one kind. */
function inBackground(name: string, createTransform: () => CompressionStream | DecompressionStream) {
  return (data: Input, options: unknown, callback?: Done): void => {
    const done = typeof options === 'function' ? (options as Done) : callback
    if (done === undefined) throw new TypeError(`zlib.${name}: the callback must be a function`)
    void tell(pipe(data, createTransform()), done)
  }
}

async function tell(work: Promise<Buffer>, done: Done): Promise<void> {
  const [ended] = await Promise.allSettled([work])
  if (ended.status === 'fulfilled') done(null, ended.value)
  else done(ended.reason)
}

function notAtOnce(name: string): () => never {
  return () => {
    throw new Error(`zlib.${name}Sync is not available: brotli is done outside of the isolate; use zlib.${name}`)
  }
}

const POLYNOMIAL = 0xedb88320
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
  return value
})

function crc32(data: string | Uint8Array, before = 0): number {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  let value = ~before
  for (const byte of bytes) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 0xff] ?? 0)
  return ~value >>> 0
}

export const shim = {
  crc32,
  brotliCompress: inBackground('brotliCompress', () => new CompressionStream('brotli')),
  brotliDecompress: inBackground('brotliDecompress', () => new DecompressionStream('brotli')),
  brotliCompressSync: notAtOnce('brotliCompress'),
  brotliDecompressSync: notAtOnce('brotliDecompress'),
}
