// Bytes of the host, which come as base64.
import { decodeBase64 } from '../codec/base64.ts'
import { arrayBufferByteLength, typedArrayBuffer, typedArrayByteLength } from '../intrinsics.ts'
import { copyBytes } from './bytes.ts'

/** They fill their buffer, which nobody else has. */
export function exactBytes(text: string): Uint8Array {
  const bytes = decodeBase64(text)
  const isExact = arrayBufferByteLength(typedArrayBuffer(bytes)) === typedArrayByteLength(bytes)
  return isExact ? bytes : copyBytes(bytes)
}
