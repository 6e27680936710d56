// Frames on the one socket between two processes: a length, a JSON header, and long texts as raw parts behind it.
//
//   u32 length of the rest │ u32 length of the header │ header (JSON, UTF-8) │ part 0 │ part 1 …
//
// Parts stay out of the JSON so that sources and values are not escaped and parsed a second time.

const LENGTH_BYTES = 4
/** Long texts are parts: a longer header is made to keep its reader busy. */
const MAX_HEADER_BYTES = 256 * 1024

/** A part that is not well-formed Unicode travels as UTF-16, since UTF-8 cannot hold a lone surrogate. */
type PartEncoding = 'utf8' | 'utf16le'

export interface Frame {
  readonly header: unknown
  readonly parts: readonly string[]
}

interface PartHeader {
  readonly bytes: number
  readonly encoding: PartEncoding
}

export function encodeFrame(header: object, parts: readonly string[] = []): Buffer {
  const encodings = parts.map((part): PartEncoding => (part.isWellFormed() ? 'utf8' : 'utf16le'))
  const sizes = parts.map((part, index): PartHeader => {
    const encoding = encodings[index] ?? 'utf8'
    return { bytes: Buffer.byteLength(part, encoding), encoding }
  })
  const headerText = JSON.stringify(parts.length === 0 ? header : { ...header, parts: sizes })
  const headerBytes = Buffer.byteLength(headerText)
  const total = sizes.reduce((sum, size) => sum + size.bytes, 2 * LENGTH_BYTES + headerBytes)
  const frame = Buffer.allocUnsafe(total)
  frame.writeUInt32BE(total - LENGTH_BYTES, 0)
  frame.writeUInt32BE(headerBytes, LENGTH_BYTES)
  let offset = 2 * LENGTH_BYTES
  offset += frame.write(headerText, offset)
  parts.forEach((part, index) => {
    offset += frame.write(part, offset, encodings[index])
  })
  return frame
}

function isPartHeader(value: unknown): value is PartHeader {
  if (typeof value !== 'object' || value === null) return false
  const { bytes, encoding } = value as Partial<Record<keyof PartHeader, unknown>>
  return Number.isSafeInteger(bytes) && (bytes as number) >= 0 && (encoding === 'utf8' || encoding === 'utf16le')
}

/** What the parser says of a text quotes it, and what a frame says goes into no log. */
function parseHeader(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('frame: the header is not JSON')
  }
}

function decodeFrame(body: Buffer): Frame {
  const headerBytes = body.readUInt32BE(0)
  if (headerBytes > MAX_HEADER_BYTES) throw new Error('frame: the header is too long')
  let offset = LENGTH_BYTES + headerBytes
  if (offset > body.length) throw new Error('frame: the header is longer than the frame')
  const header = parseHeader(body.toString('utf8', LENGTH_BYTES, offset))
  const sizes = (header as { parts?: unknown } | null)?.parts ?? []
  if (!Array.isArray(sizes)) throw new Error('frame: the parts are not a list')
  const parts = sizes.map((size: unknown) => {
    if (!isPartHeader(size) || offset + size.bytes > body.length) throw new Error('frame: a part does not fit')
    const text = body.toString(size.encoding, offset, offset + size.bytes)
    offset += size.bytes
    return text
  })
  if (offset !== body.length) throw new Error('frame: bytes are left over')
  return { header, parts }
}

/**
 * Cuts a byte stream into frames. Throws on a frame longer than `maxBytes` before it is buffered, and on a malformed one:
 * the other side has then broken the contract and is to be killed.
 */
export class FrameReader {
  readonly #maxBytes: () => number
  #chunks: Buffer[] = []
  #buffered = 0

  constructor(maxBytes: () => number) {
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    const frames: Frame[] = []
    for (;;) {
      const length = this.#peekLength()
      if (length === null || this.#buffered < LENGTH_BYTES + length) return frames
      frames.push(decodeFrame(this.#take(LENGTH_BYTES + length).subarray(LENGTH_BYTES)))
    }
  }

  #peekLength(): number | null {
    if (this.#buffered < LENGTH_BYTES) return null
    const first = this.#chunks[0]
    if (first === undefined || first.length < LENGTH_BYTES) this.#chunks = [Buffer.concat(this.#chunks)]
    const length = this.#chunks[0]?.readUInt32BE(0) ?? 0
    if (length < LENGTH_BYTES) throw new Error(`frame: ${length} bytes cannot hold a header`)
    const maxBytes = this.#maxBytes()
    if (length > maxBytes) throw new Error(`frame: ${length} bytes; the limit is ${maxBytes}`)
    return length
  }

  #take(bytes: number): Buffer {
    const first = this.#chunks[0]
    const all = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks)
    this.#chunks = all.length > bytes ? [all.subarray(bytes)] : []
    this.#buffered -= bytes
    return all.subarray(0, bytes)
  }
}
