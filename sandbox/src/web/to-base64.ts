// Bytes as base64.
import { encodeBase64 } from '../codec/base64.ts'
import { lateIntrinsics } from '../codec/late-intrinsics.ts'
import { apply, typedArrayLength } from '../intrinsics.ts'
import { copyBytes } from './bytes.ts'

/** Of a view of any part of a buffer. */
export function toBase64Text(bytes: Uint8Array): string {
  const { toBase64 } = lateIntrinsics
  if (toBase64 !== undefined) return apply(toBase64, bytes, [])
  return encodeBase64(copyBytes(bytes), typedArrayLength(bytes))
}
