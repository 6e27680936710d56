// Bytes of the guest as base64, copied at the moment of asking, and bytes of the host as a buffer of their own.
import { MAX_CRYPTO_BYTES } from '../../bridge.ts'
import { encodeBase64 } from '../../codec/base64.ts'
import {
  typedArrayBuffer,
  typedArrayByteLength,
  TypeErrorIntrinsic,
  typedArraySet,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { bytesOf } from '../bytes.ts'
import { exactBytes } from '../exact-bytes.ts'
import { tooLarge } from './pending.ts'

/** JSON of what the bytes are now. */
export function writeBytes(bytes: Uint8Array): string {
  const length = typedArrayByteLength(bytes)
  if (length > MAX_CRYPTO_BYTES) throw tooLarge()
  const copy = new Uint8ArrayIntrinsic(length)
  typedArraySet(copy, bytes, 0)
  return `"${encodeBase64(copy, length)}"`
}

/** @throws TypeError for what is no buffer and no view of one. */
export function toBytes(value: unknown, what: string): Uint8Array {
  const bytes = bytesOf(value)
  if (bytes === undefined)
    throw new TypeErrorIntrinsic(`crypto.subtle: ${what} must be an ArrayBuffer or a view of one`)
  return bytes
}

export function readBytes(text: string): ArrayBuffer {
  return typedArrayBuffer(exactBytes(text))
}
