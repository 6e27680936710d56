// Takes the content encoding off an answer while it is read: as much at a time as somebody reads, never more than its bounds.
import type { Readable, Transform } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib'
import type { Zlib } from 'node:zlib'
import { EGRESS_PIECE_BYTES } from '../core/egress.ts'
import { readJoined } from './response-body.ts'

/** How much is made of each byte that came, once it is more than `RATIO_FROM_BYTES`; what gzip makes of real data is far below. */
export const RATIO_MAX = 256
export const RATIO_FROM_BYTES = 1_024 * 1_024

/** The window that the standard for zstd on the web allows (RFC 9659): 8 MiB. */
const ZSTD_WINDOW_LOG_MAX = 23
/** Nobody asked for these, and their windows take megabytes each: not many at a time. */
const WIDE = new Set(['br', 'zstd'])
const WIDE_MAX = 8

export type Decoding =
  | { readonly kind: 'none' }
  | { readonly kind: 'decode'; readonly encoding: string }
  /** `problem` goes on after the name of the host. */
  | { readonly kind: 'fail'; readonly problem: string }

const KNOWN = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd'])

/** @param value of all `content-encoding` headers. */
export function chooseDecoding(value: string): Decoding {
  const encodings = value
    .toLowerCase()
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== 'identity')
  const [encoding, ...others] = encodings
  if (encoding === undefined) return { kind: 'none' }
  if (others.length > 0) return { kind: 'fail', problem: 'answers in several content encodings at once' }
  if (!KNOWN.has(encoding)) return { kind: 'fail', problem: 'answers in a content encoding that was not asked for' }
  return { kind: 'decode', encoding }
}

/** How many decoders with large windows there are. */
export class WideDecoders {
  #count = 0

  /** Null when there are as many as may be; else what gives the place back, once. */
  take(encoding: string): (() => void) | null {
    if (!WIDE.has(encoding)) return () => undefined
    if (this.#count >= WIDE_MAX) return null
    this.#count++
    let isBack = false
    return () => {
      if (isBack) return
      isBack = true
      this.#count--
    }
  }
}

export interface DecodedBody {
  /** Its errors are those of both streams. Ending it ends the other. */
  readonly stream: Readable
  /** How much of what came has become what is read. */
  readonly consumedBytes: () => number
}

/** @param onRaw told of the bytes that come. */
export async function decodeStream(
  body: Readable,
  encoding: string,
  onRaw: (bytes: number) => void,
): Promise<DecodedBody> {
  const isRaw = encoding === 'deflate' && (await isRawDeflate(body))
  const decoder = createDecoder(encoding, isRaw)
  body.on('error', (error) => decoder.destroy(error))
  decoder.on('close', () => body.destroy())
  feed(body, decoder, onRaw)
  return { stream: decoder, consumedBytes: () => decoder.bytesWritten }
}

/**
 * All that is there at a time, and nothing before that is used. Each write is a turn of a thread, and one that waits when the
 * decoder is destroyed an error with a stack: as many as a host makes pieces, if each is passed on as it comes.
 */
function feed(body: Readable, decoder: Transform, onRaw: (bytes: number) => void): void {
  let isBusy = false
  const go = (): void => {
    if (isBusy || decoder.destroyed) return
    const chunk = readJoined(body)
    if (chunk === null) return
    onRaw(chunk.byteLength)
    // Whoever was told may have ended it.
    if (decoder.destroyed) return
    isBusy = true
    decoder.write(chunk, () => {
      isBusy = false
      go()
    })
  }
  body.on('readable', go).on('end', () => decoder.end())
  // What came, or happened, while its first byte was looked at is told no second time.
  if (body.readableEnded) decoder.end()
  else if (body.destroyed) decoder.destroy(body.errored ?? undefined)
  else go()
}

function createDecoder(encoding: string, isRaw: boolean): Transform & Zlib {
  // What is made at a time is a piece: smaller ones are more turns of a thread for the same bytes.
  const options = { chunkSize: EGRESS_PIECE_BYTES }
  switch (encoding) {
    case 'br':
      return createBrotliDecompress(options)
    case 'zstd':
      return createZstdDecompress({ ...options, params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } })
    case 'deflate':
      return isRaw ? createInflateRaw(options) : createInflate(options)
    default:
      return createGunzip(options)
  }
}

/** `deflate` means with a head of two bytes, which some servers leave out: its first byte tells. */
async function isRawDeflate(body: Readable): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  // Once: what is put back makes it readable again before anything else has its turn.
  const look = (): void => {
    const chunk = body.read() as Buffer | null
    if (chunk === null) {
      body.once('readable', look)
      return
    }
    body.unshift(chunk)
    resolve(((chunk[0] ?? 0) & 0x0f) !== 0x08)
  }
  const stop = (): void => resolve(false)
  body.once('readable', look).on('end', stop).on('close', stop)
  try {
    return await promise
  } finally {
    body.off('readable', look).off('end', stop).off('close', stop)
  }
}
