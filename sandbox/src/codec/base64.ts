// Base64, lenient on the way in as Python's `b64decode` is.
import {
  ArrayBufferIntrinsic,
  apply,
  charCodeAt,
  fromCharCode,
  typedArrayBuffer,
  Uint8ArrayIntrinsic,
} from '../intrinsics.ts'
import { decodeError } from './codec-error.ts'
import { lateIntrinsics } from './late-intrinsics.ts'

/** Below this many bytes a loop is as quick as the call of the built-in. */
const SHORT_BYTES = 24

// @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
const STRICT: { readonly lastChunkHandling: 'strict' } = { __proto__: null, lastChunkHandling: 'strict' }

/**
 * The bytes of a base64 text, which start at the beginning of their buffer. Characters outside the alphabet are dropped, what
 * follows the padding is ignored, and the errors have the words of CPython's `binascii.a2b_base64`.
 */
export function decodeBase64(text: string): Uint8Array {
  const { fromBase64 } = lateIntrinsics
  if (fromBase64 !== undefined && text.length > SHORT_BYTES) {
    try {
      return fromBase64(text, STRICT)
    } catch {
      // Not a strict text: the loop below knows what Python makes of it.
    }
  }
  return decodeLeniently(text)
}

function decodeLeniently(text: string): Uint8Array {
  const { length } = text
  const buffer = new ArrayBufferIntrinsic(((length + 3) >> 2) * 3)
  const bytes = new Uint8ArrayIntrinsic(buffer)
  let used = 0
  let held = 0
  let position = 0
  let padding = 0
  for (let index = 0; index < length; index += 1) {
    const code = charCodeAt(text, index)
    if (code > 0x7f) throw decodeError('string argument should contain only ASCII characters')
    if (code === 0x3d) {
      padding += 1
      if (position >= 2 && position + padding >= 4) return new Uint8ArrayIntrinsic(buffer, 0, used)
      continue
    }
    const value = valueOf(code)
    if (value === -1) continue
    padding = 0
    held = (held << 6) | value
    if (position > 0) {
      bytes[used] = held >> (6 - 2 * position)
      used += 1
    }
    held &= 0x3f
    position = (position + 1) & 3
  }
  if (position === 1) {
    const characters = (used / 3) * 4 + 1
    throw decodeError(
      `Invalid base64-encoded string: number of data characters (${characters}) cannot be 1 more than a multiple of 4`,
    )
  }
  if (position !== 0) throw decodeError('Incorrect padding')
  return new Uint8ArrayIntrinsic(buffer, 0, used)
}

/** Six bits, or -1 for a character outside the alphabet. */
function valueOf(code: number): number {
  if (code >= 0x61) return code <= 0x7a ? code - 71 : -1
  if (code >= 0x41) return code <= 0x5a ? code - 65 : -1
  if (code >= 0x30) return code <= 0x39 ? code + 4 : -1
  return code === 0x2b ? 62 : code === 0x2f ? 63 : -1
}

/** The base64 text of the first `length` bytes of a buffer. */
export function encodeBase64(bytes: Uint8Array, length: number): string {
  const { toBase64 } = lateIntrinsics
  if (toBase64 !== undefined && length > SHORT_BYTES) {
    return apply(toBase64, new Uint8ArrayIntrinsic(typedArrayBuffer(bytes), 0, length), [])
  }
  let text = ''
  for (let index = 0; index < length; index += 3) {
    const left = length - index
    const group =
      ((bytes[index] as number) << 16) |
      (left > 1 ? (bytes[index + 1] as number) << 8 : 0) |
      (left > 2 ? (bytes[index + 2] as number) : 0)
    text += fromCharCode(
      characterOf(group >> 18),
      characterOf((group >> 12) & 0x3f),
      left > 1 ? characterOf((group >> 6) & 0x3f) : 0x3d,
      left > 2 ? characterOf(group & 0x3f) : 0x3d,
    )
  }
  return text
}

function characterOf(value: number): number {
  if (value < 26) return value + 65
  if (value < 52) return value + 71
  if (value < 62) return value - 4
  return value === 62 ? 0x2b : 0x2f
}
