// The bytes of a pickle while it is written: growth, frames, and the memo.
import {
  ArrayBufferIntrinsic,
  MapIntrinsic,
  mapGet,
  mapSet,
  mathMax,
  mathMin,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArraySet,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import type { CodecError } from '../codec-error.ts'
import { outputTooLarge } from '../codec-error.ts'
import { createPath } from '../path.ts'
import type { Path } from '../path.ts'
import { utf8Length, writeUtf8 } from '../utf8.ts'

/** An ordinary object for the sake of speed: all its properties are its own, so no prototype is ever asked. */
export interface Writer {
  bytes: Uint8Array
  capacity: number
  length: number
  /** Of the pickle, and of its base64 text. */
  readonly maxLength: number
  readonly maxBytes: number
  /** Where the header of the open frame is, or -1. */
  frameStart: number
  /** Under which index the unpickler will have stored objects and strings; globals are strings in a map of their own. */
  readonly memo: Map<unknown, number>
  readonly globals: Map<string, number>
  memoCount: number
  memoTexts: number
  readonly path: Path
  /** How much of the path leads to what is being read from the guest. */
  depth: number
}

const INITIAL_BYTES = 256
/** What is asked for in advance for a short string may exceed the limit by as much as this; the end of the pickle may not. */
const SLACK_BYTES = 512
const FRAME_HEADER_BYTES = 9
const FRAME_BYTES = 64 * 1024
const MIN_FRAME_BYTES = 4
/** Strings that are looked up in the memo, so that the keys of a thousand equal objects are written once. */
const MAX_MEMO_TEXT_UNITS = 64
const MAX_MEMO_TEXTS = 4_096
/** So short that even with three bytes a unit the count fits a byte. */
const SHORT_TEXT_UNITS = 85

export function createWriter(maxBytes: number): Writer {
  return {
    bytes: new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(INITIAL_BYTES)),
    capacity: INITIAL_BYTES,
    length: 0,
    maxLength: ((maxBytes - (maxBytes % 4)) / 4) * 3,
    maxBytes,
    frameStart: -1,
    memo: new MapIntrinsic(),
    globals: new MapIntrinsic(),
    memoCount: 0,
    memoTexts: 0,
    path: createPath(),
    depth: 0,
  }
}

/** Of a pickle of at least `length` bytes. */
export function tooLarge(writer: Writer, length: number): CodecError {
  return outputTooLarge(((length + 2 - ((length + 2) % 3)) / 3) * 4, writer.maxBytes)
}

/** Makes room for `count` bytes more. */
export function reserve(writer: Writer, count: number): void {
  const needed = writer.length + count
  if (needed <= writer.capacity) return
  const most = writer.maxLength + SLACK_BYTES
  if (needed > most) throw tooLarge(writer, needed)
  const capacity = mathMin(most, mathMax(needed, 2 * writer.capacity))
  const bytes = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(capacity))
  typedArraySet(bytes, new Uint8ArrayIntrinsic(typedArrayBuffer(writer.bytes), 0, writer.length), 0)
  writer.bytes = bytes
  writer.capacity = capacity
}

export function writeByte(writer: Writer, byte: number): void {
  if (writer.length === writer.capacity) reserve(writer, 1)
  writer.bytes[writer.length] = byte
  writer.length += 1
}

/** Little-endian, of any size that a number holds. */
export function writeUint(writer: Writer, value: number, size: number): void {
  reserve(writer, size)
  for (let index = 0; index < size; index += 1) {
    writer.bytes[writer.length + index] = value % 256
    value = (value - (value % 256)) / 256
  }
  writer.length += size
}

/** Before each value: a frame that is full ends, and the next one begins. Frames are those that CPython writes. */
export function beginValue(writer: Writer): void {
  if (writer.length - writer.frameStart - FRAME_HEADER_BYTES < FRAME_BYTES) return
  closeFrame(writer)
  openFrame(writer)
}

export function openFrame(writer: Writer): void {
  reserve(writer, FRAME_HEADER_BYTES)
  writer.frameStart = writer.length
  writer.length += FRAME_HEADER_BYTES
}

/** Writes the header of the open frame, or takes its room away when there is next to nothing in the frame. */
export function closeFrame(writer: Writer): void {
  const { bytes, frameStart } = writer
  const size = writer.length - frameStart - FRAME_HEADER_BYTES
  if (size >= MIN_FRAME_BYTES) {
    const end = writer.length
    writer.length = frameStart
    writeByte(writer, 0x95)
    writeUint(writer, size, 8)
    writer.length = end
  } else {
    for (let index = 0; index < size; index += 1) {
      bytes[frameStart + index] = bytes[frameStart + FRAME_HEADER_BYTES + index] as number
    }
    writer.length = frameStart + size
  }
}

/** Bytes behind their opcode and count; many of them stand outside of all frames. */
export function writeBytes(writer: Writer, opcode: number, countSize: number, source: Uint8Array): void {
  const count = typedArrayByteLength(source)
  const isLarge = count >= FRAME_BYTES
  if (isLarge) closeFrame(writer)
  writeByte(writer, opcode)
  writeUint(writer, count, countSize)
  reserve(writer, count)
  typedArraySet(writer.bytes, source, writer.length)
  writer.length += count
  if (isLarge) openFrame(writer)
}

/** Immutable bytes. */
export function writeBinary(writer: Writer, bytes: Uint8Array): void {
  const isShort = typedArrayByteLength(bytes) <= 0xff
  writeBytes(writer, isShort ? 0x43 : 0x42, isShort ? 1 : 4, bytes) // SHORT_BINBYTES, BINBYTES
}

/** A str, from the memo if it is there. */
export function writeText(writer: Writer, text: string): void {
  const { length } = text
  if (length <= MAX_MEMO_TEXT_UNITS) {
    const index = mapGet(writer.memo, text)
    if (index !== undefined) return writeGet(writer, index)
    if (writer.memoTexts < MAX_MEMO_TEXTS) {
      writer.memoTexts += 1
      mapSet(writer.memo, text, writer.memoCount)
    }
  }
  if (length <= SHORT_TEXT_UNITS) {
    reserve(writer, 2 + 3 * length)
    const start = writer.length + 2
    const end = writeUtf8(text, writer.bytes, start)
    writer.bytes[start - 2] = 0x8c // SHORT_BINUNICODE
    writer.bytes[start - 1] = end - start
    writer.length = end
  } else writeLongText(writer, text)
  writeMemoize(writer)
}

function writeLongText(writer: Writer, text: string): void {
  const size = utf8Length(text, writer.maxLength)
  if (size > writer.maxLength) throw tooLarge(writer, writer.length + size)
  const isLarge = size >= FRAME_BYTES
  if (isLarge) closeFrame(writer)
  writeByte(writer, size <= 0xff ? 0x8c : 0x58) // SHORT_BINUNICODE, BINUNICODE
  writeUint(writer, size, size <= 0xff ? 1 : 4)
  reserve(writer, size)
  writer.length = writeUtf8(text, writer.bytes, writer.length)
  if (isLarge) openFrame(writer)
}

/** The class or function on the stack. */
export function writeGlobal(writer: Writer, module: string, name: string): void {
  const key = `${module}.${name}`
  const index = mapGet(writer.globals, key)
  if (index !== undefined) return writeGet(writer, index)
  writeText(writer, module)
  writeText(writer, name)
  writeByte(writer, 0x93) // STACK_GLOBAL
  mapSet(writer.globals, key, writer.memoCount)
  writeMemoize(writer)
}

/** Stores what is on the stack under the next index of the memo. */
export function writeMemoize(writer: Writer): void {
  writeByte(writer, 0x94)
  writer.memoCount += 1
}

/** As `writeMemoize`, and remembers the object that it was. */
export function memoize(writer: Writer, object: object): void {
  mapSet(writer.memo, object, writer.memoCount)
  writeMemoize(writer)
}

export function writeGet(writer: Writer, index: number): void {
  const isShort = index < 256
  writeByte(writer, isShort ? 0x68 : 0x6a) // BINGET, LONG_BINGET
  writeUint(writer, index, isShort ? 1 : 4)
}

/** Calls the global below the last `count` values, one to three, with them; the result is stored as `object`. */
export function endCall(writer: Writer, object: object, count: number): void {
  writeByte(writer, 0x84 + count) // TUPLE1, TUPLE2, TUPLE3
  writeByte(writer, 0x52) // REDUCE
  memoize(writer, object)
}
