// Reads answers of HTTP/1.1 as they come: with a length, or in chunks.

export interface ParsedAnswer {
  readonly status: number
  readonly body: Buffer
  /** The header `Server-Timing`; empty without one. */
  readonly serverTiming: string
}

export type ParseState =
  | { readonly kind: 'more' }
  | { readonly kind: 'answer'; readonly answer: ParsedAnswer }
  | { readonly kind: 'broken'; readonly problem: string }

interface Head {
  readonly status: number
  readonly serverTiming: string
  /** Null for a body in chunks. */
  readonly bodyBytes: number | null
}

const MORE: ParseState = { kind: 'more' }
const LINE_END = '\r\n'
const HEAD_END = '\r\n\r\n'
/** What answers of a benchmark never reach; beyond it something else answers. */
const HEAD_BYTES_MAX = 64 * 1_024
const BODY_BYTES_MAX = 256 * 1_024 * 1_024

export class AnswerParser {
  #parts: Buffer[] = []
  #bytes = 0
  #head: Head | null = null
  #chunks: Buffer[] = []
  #chunkBytes = 0

  /** Whether a byte of the body of the present answer has come. */
  get hasBody(): boolean {
    if (this.#head === null) return false
    return this.#head.bodyBytes === null ? this.#chunkBytes > 0 : this.#bytes > 0
  }

  /** An answer at most for each piece: the connection has one request at a time. */
  push(piece: Buffer): ParseState {
    this.#parts.push(piece)
    this.#bytes += piece.length
    if (this.#head === null) {
      const text = this.#take(this.#bytes)
      const end = text.indexOf(HEAD_END)
      if (end === -1) {
        this.#putBack(text)
        return text.length > HEAD_BYTES_MAX ? broken('the head of an answer does not end') : MORE
      }
      const head = readHead(text.toString('latin1', 0, end))
      if (typeof head === 'string') return broken(head)
      this.#head = head
      this.#putBack(text.subarray(end + HEAD_END.length))
    }
    const { bodyBytes } = this.#head
    if (bodyBytes === null) return this.#readChunks()
    if (bodyBytes > BODY_BYTES_MAX) return broken(`an answer of ${bodyBytes} bytes`)
    return this.#bytes < bodyBytes ? MORE : this.#finish(this.#take(bodyBytes))
  }

  #readChunks(): ParseState {
    const bytes = this.#take(this.#bytes)
    let at = 0
    for (;;) {
      const lineEnd = bytes.indexOf(LINE_END, at)
      const size = lineEnd === -1 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
      if (lineEnd !== -1 && !(size >= 0)) return broken('a chunk without a size')
      if (lineEnd !== -1 && size === 0) {
        // The trailers end with an empty line; without any it follows at once.
        const trailer = bytes.subarray(lineEnd, lineEnd + LINE_END.length * 2).toString('latin1')
        const end = trailer === HEAD_END ? lineEnd : bytes.indexOf(HEAD_END, lineEnd)
        if (end !== -1) {
          this.#putBack(bytes.subarray(end + HEAD_END.length))
          return this.#finish(Buffer.concat(this.#chunks))
        }
      }
      const next = lineEnd + LINE_END.length + size + LINE_END.length
      if (lineEnd === -1 || size === 0 || next > bytes.length) {
        this.#putBack(bytes.subarray(at))
        return MORE
      }
      this.#chunks.push(bytes.subarray(lineEnd + LINE_END.length, next - LINE_END.length))
      this.#chunkBytes += size
      if (this.#chunkBytes > BODY_BYTES_MAX) return broken(`an answer of more than ${BODY_BYTES_MAX} bytes`)
      at = next
    }
  }

  #finish(body: Buffer): ParseState {
    const { status, serverTiming } = this.#head ?? { status: 0, serverTiming: '' }
    this.#head = null
    this.#chunks = []
    this.#chunkBytes = 0
    return { kind: 'answer', answer: { status, body, serverTiming } }
  }

  /** The first `count` of the bytes that wait, as one buffer. */
  #take(count: number): Buffer {
    const all = this.#parts.length === 1 && this.#parts[0] !== undefined ? this.#parts[0] : Buffer.concat(this.#parts)
    this.#parts = []
    this.#bytes = 0
    if (all.length > count) this.#putBack(all.subarray(count))
    return all.length > count ? all.subarray(0, count) : all
  }

  #putBack(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#parts.unshift(bytes)
    this.#bytes += bytes.length
  }
}

function broken(problem: string): ParseState {
  return { kind: 'broken', problem }
}

/** A sentence for a head that cannot be read. */
function readHead(text: string): Head | string {
  const status = Number(/^HTTP\/1\.1 (\d{3})/u.exec(text)?.[1])
  if (Number.isNaN(status)) return `not an answer of HTTP/1.1: ${text.slice(0, 80)}`
  const serverTiming = /^server-timing: *(.*)$/imu.exec(text)?.[1]?.trim() ?? ''
  if (/^transfer-encoding: *chunked *$/imu.test(text)) return { status, serverTiming, bodyBytes: null }
  const length = /^content-length: *(\d+)/imu.exec(text)?.[1]
  if (length === undefined)
    return status === 204 ? { status, serverTiming, bodyBytes: 0 } : 'an answer without a length'
  return { status, serverTiming, bodyBytes: Number(length) }
}
