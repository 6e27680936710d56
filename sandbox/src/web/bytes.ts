// The bytes behind what the standards call a buffer source.
import {
  ArrayBufferIntrinsic,
  arrayBufferByteLength,
  arrayBufferDetached,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  isObject,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayLength,
  typedArrayName,
  typedArraySet,
  Uint8ArrayIntrinsic,
} from '../intrinsics.ts'

/**
 * The same memory, nothing is copied; undefined for what is no buffer and no view of one, and for shared memory, as Web IDL has it of
 * arguments that do not say `[AllowShared]`. A detached one has no bytes.
 */
export function bytesOf(value: unknown): Uint8Array | undefined {
  const bytes = bytesOfAny(value)
  return bytes === undefined || isBuffer(typedArrayBuffer(bytes)) ? bytes : undefined
}

/** Views of shared memory, too: for arguments that say `[AllowShared]`. Shared memory itself has no class before a guest begins. */
export function bytesOfAny(value: unknown): Uint8Array | undefined {
  if (!isObject(value)) return undefined
  if (typedArrayName(value) !== undefined) {
    const length = typedArrayByteLength(value)
    return length === 0 ? noBytes() : viewOf(typedArrayBuffer(value), typedArrayByteOffset(value), length)
  }
  const viewed = bufferOfView(value)
  if (viewed !== undefined) {
    if (isBuffer(viewed) && arrayBufferDetached(viewed)) return noBytes()
    return viewOf(viewed, dataViewByteOffset(value), dataViewByteLength(value))
  }
  if (!isBuffer(value)) return undefined
  return arrayBufferDetached(value) ? noBytes() : viewOf(value, 0, arrayBufferByteLength(value))
}

export function isBuffer(value: unknown): value is ArrayBuffer {
  try {
    arrayBufferByteLength(value as ArrayBuffer)
    return true
  } catch {
    return false
  }
}

/** What a DataView looks at. */
export function bufferOfView(value: object): ArrayBuffer | undefined {
  try {
    return dataViewBuffer(value)
  } catch {
    return undefined
  }
}

function viewOf(buffer: ArrayBuffer, offset: number, length: number): Uint8Array {
  return new Uint8ArrayIntrinsic(buffer, offset, length)
}

/** The same memory. */
export function partOf(bytes: Uint8Array, from: number, length: number): Uint8Array {
  return viewOf(typedArrayBuffer(bytes), typedArrayByteOffset(bytes) + from, length)
}

const noBytes = (): Uint8Array => new Uint8ArrayIntrinsic(0)

/** The same bytes with a buffer of their own. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(typedArrayLength(bytes)))
  typedArraySet(copy, bytes, 0)
  return copy
}

/** With a buffer of their own. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0
  for (let index = 0; index < parts.length; index++) size += typedArrayLength(parts[index] as Uint8Array)
  const joined = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(size))
  let at = 0
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as Uint8Array
    typedArraySet(joined, part, at)
    at += typedArrayLength(part)
  }
  return joined
}
