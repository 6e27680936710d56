// A tar archive on disk as a stream of tokens: plain, gzip or zstd by its first bytes, never more in memory than one chunk.
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import type { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Parser } from 'tar'
import type { ReadEntry } from 'tar'

export interface TarEntry {
  /** As the archive has it: nothing about it is checked here. */
  readonly path: string
  /** As node-tar names it: `File`, `Directory`, `SymbolicLink`, `CharacterDevice`, … */
  readonly type: string
  readonly linkPath: string
  /** What the header says; the data tokens that follow add up to no more. */
  readonly sizeBytes: number
}

export type TarToken =
  /** So many bytes come out of the decompressor next, whatever they are. */
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'entry'; readonly entry: TarEntry }
  | { readonly kind: 'data'; readonly chunk: Uint8Array }
  | { readonly kind: 'end' }

type Compression = 'none' | 'gzip' | 'zstd'

const CHUNK_BYTES = 65_536
const MAGIC_BYTES = 6
const MAGIC: readonly (readonly [magic: string, name: string])[] = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
  ['425a68', 'bzip2'],
  ['fd377a585a00', 'xz'],
  ['504b0304', 'zip'],
]

/** Throws what reading, decompressing and parsing throw: the archive is absent, damaged, cut off or of another format. */
export async function* readTar(path: string): AsyncGenerator<TarToken, void, undefined> {
  await using file = await open(path)
  if (!(await file.stat()).isFile()) throw new Error('it is neither a file nor a folder')
  const tokens: TarToken[] = []
  const archive = new Archive(tokens)
  for await (const chunk of decompress(file, await readCompression(file))) {
    yield { kind: 'read', bytes: chunk.length }
    archive.write(chunk)
    yield* tokens.splice(0)
    archive.throwIfDamaged()
  }
  archive.end()
  yield* tokens.splice(0)
  archive.throwIfDamaged()
}

/** The parser's events as tokens. Every entry flows at once, so the parser never holds more than it was given. */
class Archive {
  readonly #parser = new Parser({ strict: true })
  readonly #tokens: TarToken[]
  #error: Error | null = null
  #isBegun = false
  #isAtEnd = false

  constructor(tokens: TarToken[]) {
    this.#tokens = tokens
    this.#parser.on('error', (error: Error) => {
      this.#error ??= error
    })
    this.#parser.on('eof', () => {
      this.#isAtEnd = true
    })
    this.#parser.on('ignoredEntry', (entry: ReadEntry) => this.#push({ kind: 'entry', entry: describe(entry) }))
    this.#parser.on('entry', (entry: ReadEntry) => {
      this.#push({ kind: 'entry', entry: describe(entry) })
      entry.on('end', () => this.#push({ kind: 'end' }))
      entry.on('data', (chunk) => this.#push({ kind: 'data', chunk }))
    })
  }

  write(chunk: Buffer): void {
    // The parser would decompress once more, and past the end mark it would collect all that follows in memory.
    if (!this.#isBegun && compressionOf(chunk) !== null) throw new Error('it is compressed more than once')
    this.#isBegun = true
    if (!this.#isAtEnd && this.#error === null) this.#parser.write(chunk)
  }

  end(): void {
    if (!this.#isAtEnd && this.#error === null) this.#parser.end()
    if (!this.#isAtEnd) this.#error ??= new Error('the archive ends before its end mark')
  }

  throwIfDamaged(): void {
    if (this.#error !== null) throw this.#error
  }

  #push(token: TarToken): void {
    if (this.#error === null) this.#tokens.push(token)
  }
}

function describe({ path, type, linkpath, size }: ReadEntry): TarEntry {
  return { path, type, linkPath: linkpath ?? '', sizeBytes: size }
}

async function readCompression(file: FileHandle): Promise<Compression> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0)
  const name = compressionOf(buffer.subarray(0, bytesRead)) ?? 'none'
  if (name === 'none' || name === 'gzip' || name === 'zstd') return name
  throw new Error(`it is compressed with ${name}; tar, tar.gz and tar.zst can be unpacked`)
}

function compressionOf(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.subarray(0, MAGIC_BYTES)).toString('hex')
  return MAGIC.find(([magic]) => start.startsWith(magic))?.[1] ?? null
}

/** The stream ends with the iteration, however that ends; the handle is closed by its owner. */
function decompress(file: FileHandle, compression: Compression): Readable {
  const source = file.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES })
  if (compression === 'none') return source
  const options = { chunkSize: CHUNK_BYTES }
  // What goes wrong is thrown to the iteration; the callback is there because the signature wants one.
  return pipeline(
    source,
    compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options),
    () => undefined,
  )
}
