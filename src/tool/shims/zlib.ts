// Brotli of `node:zlib` in a bundle, by the streams of the sandbox: the library that stands in for the rest does not have it.
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

export const shim = {
  brotliCompress: inBackground('brotliCompress', () => new CompressionStream('brotli')),
  brotliDecompress: inBackground('brotliDecompress', () => new DecompressionStream('brotli')),
  brotliCompressSync: notAtOnce('brotliCompress'),
  brotliDecompressSync: notAtOnce('brotliDecompress'),
}
