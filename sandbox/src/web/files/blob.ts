// Blob and File.
import {
  dateNow,
  isNaNValue,
  isObject,
  regExpExec,
  stringSlice,
  stringToLowerCase,
  toNumber,
  typedArrayBuffer,
  typedArrayLength,
  TypeErrorIntrinsic,
} from '../../intrinsics.ts'
import { bytesOf, copyBytes, joinBytes, partOf } from '../bytes.ts'
import { toDomString, toUsvString } from '../convert.ts'
import { needArguments, OWN_KEY, readOptions } from '../interface.ts'
import { createItems, readSequence } from '../sequence.ts'
import { holdPiece } from '../streams/held-piece.ts'
import { createByteStream } from '../streams/internal.ts'
import { decodeUtf8, encodeUtf8 } from '../utf8.ts'

/** The bytes of a blob, which nobody else has and nobody changes; undefined for what is none. */
export let blobBytes: (value: unknown) => Uint8Array | undefined

/** Of a blob: what it says its bytes are. */
export let blobType: (value: object) => string

export class Blob {
  readonly #bytes: Uint8Array
  readonly #type: string

  static {
    blobBytes = (value) => (isObject(value) && #bytes in value ? value.#bytes : undefined)
    blobType = (value) => (value as Blob).#type
  }

  constructor(parts: unknown = undefined, options: unknown = undefined, ownType = '') {
    if (parts === OWN_KEY) {
      this.#bytes = options as Uint8Array
      this.#type = ownType
      return
    }
    const items = parts === undefined ? createItems<Part>() : readSequence(parts, 'Blob: the parts', toPart)
    const { endings, type } = readBlobOptions(options)
    this.#bytes = joinParts(items, endings === 'native')
    this.#type = type
  }

  get size(): number {
    return typedArrayLength(this.#bytes)
  }

  get type(): string {
    return this.#type
  }

  slice(start: unknown = undefined, end: unknown = undefined, contentType: unknown = undefined): Blob {
    const bytes = this.#bytes
    const size = typedArrayLength(bytes)
    const from = start === undefined ? 0 : toPosition(start, size)
    const to = end === undefined ? size : toPosition(end, size)
    const type = contentType === undefined ? '' : toType(toDomString(contentType))
    return new Blob(OWN_KEY, partOf(bytes, from, to > from ? to - from : 0), type)
  }

  async text(): Promise<string> {
    const text = decodeUtf8(this.#bytes)
    return text[0] === '\ufeff' ? stringSlice(text, 1) : text
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return typedArrayBuffer(copyBytes(this.#bytes))
  }

  async bytes(): Promise<Uint8Array> {
    return copyBytes(this.#bytes)
  }

  stream(): object {
    return streamOf(this.#bytes)
  }
}

const STREAM_PIECE_BYTES = 65_536

/** Copies as it is read: nobody gets hold of the bytes themselves. */
function streamOf(bytes: Uint8Array): object {
  const size = typedArrayLength(bytes)
  let at = 0
  return createByteStream({
    __proto__: null,
    async pull() {
      if (at === size) return holdPiece(null)
      const length = size - at < STREAM_PIECE_BYTES ? size - at : STREAM_PIECE_BYTES
      at += length
      return holdPiece(copyBytes(partOf(bytes, at - length, length)))
    },
    cancel() {
      at = size
    },
  } as unknown as Parameters<typeof createByteStream>[0])
}

/** What a blob is made of, when the guest's own code has had its say. */
type Part = Uint8Array | string

function toPart(value: unknown): Part {
  const bytes = blobBytes(value) ?? bytesOf(value)
  return bytes === undefined ? toUsvString(value) : bytes
}

export function readBlobOptions(options: unknown): { readonly endings: string; readonly type: string } {
  const { endings = 'transparent', type = '' } = readOptions(options, 'Blob') as { endings?: unknown; type?: unknown }
  const text = toDomString(endings)
  if (text !== 'transparent' && text !== 'native') {
    throw new TypeErrorIntrinsic(
      `Blob: endings must be 'transparent' or 'native', and not '${stringSlice(text, 0, 40)}'`,
    )
  }
  return { endings: text, type: toType(toDomString(type)) }
}

/** In lower case; nothing for what no type can have. */
const toType = (type: string): string => (regExpExec(/[^ -~]/, type) === null ? stringToLowerCase(type) : '')

/** A position as `slice` counts it: from the end when it is negative. */
function toPosition(value: unknown, size: number): number {
  const whole = roundToEven(toNumber(value))
  const position = whole < 0 ? size + whole : whole
  return position < 0 ? 0 : position > size ? size : position
}

/** To the nearest whole number, and to the even one of two. */
function roundToEven(number: number): number {
  if (isNaNValue(number)) return 0
  const fraction = number % 1
  if (fraction === 0 || isNaNValue(fraction)) return number
  const whole = number - fraction
  const size = fraction < 0 ? -fraction : fraction
  const isUp = size > 0.5 || (size === 0.5 && whole % 2 !== 0)
  return isUp ? whole + (number < 0 ? -1 : 1) : whole
}

function joinParts(parts: readonly Part[], hasNativeEndings: boolean): Uint8Array {
  const pieces = createItems<Uint8Array>()
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as Part
    pieces[index] = typeof part === 'string' ? encodeUtf8(hasNativeEndings ? withLineFeeds(part) : part) : part
  }
  return joinBytes(pieces)
}

/** Each line ends in a line feed, as files do on the system that the service runs on. */
function withLineFeeds(text: string): string {
  let kept = ''
  let from = 0
  for (let index = 0; index < text.length; index++) {
    if (text[index] !== '\r') continue
    kept += `${stringSlice(text, from, index)}\n`
    if (text[index + 1] === '\n') index++
    from = index + 1
  }
  return kept + stringSlice(text, from)
}

/** What a file has beside its bytes; undefined for what is none. */
export let fileFacts: (value: unknown) => FileFacts | undefined

interface FileFacts {
  readonly name: string
  readonly lastModified: number
}

export class File extends Blob {
  readonly #name: string
  readonly #lastModified: number

  static {
    fileFacts = (value) =>
      isObject(value) && #name in value ? { name: value.#name, lastModified: value.#lastModified } : undefined
  }

  constructor(parts: unknown, name: unknown, options: unknown = undefined) {
    if (parts === OWN_KEY) {
      const { bytes, type, lastModified } = options as { bytes: Uint8Array; type: string; lastModified: number }
      super(OWN_KEY, bytes, type)
      this.#name = name as string
      this.#lastModified = lastModified
      return
    }
    needArguments(arguments.length, 2, 'File')
    if (parts === undefined) throw new TypeErrorIntrinsic('File: the parts must be iterable')
    super(parts, options)
    this.#name = toUsvString(name)
    const { lastModified } = readOptions(options, 'File') as { lastModified?: unknown }
    this.#lastModified = lastModified === undefined ? dateNow() : toWhole(toNumber(lastModified))
  }

  get name(): string {
    return this.#name
  }

  get lastModified(): number {
    return this.#lastModified
  }
}

const toWhole = (number: number): number => (number - number === 0 ? number - (number % 1) : 0)
