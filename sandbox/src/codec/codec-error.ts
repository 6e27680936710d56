// What the codecs throw: a record that no guest can forge, so that its kind can decide an error code.
import { WeakSetIntrinsic, weakSetAdd, weakSetHas } from '../intrinsics.ts'

export interface CodecError {
  /** `decode`: the input is at fault. `encode`: the result is. `size`: the result is larger than was allowed. */
  readonly kind: 'decode' | 'encode' | 'size'
  /** A whole sentence, or Python's own words where Python has some. */
  readonly message: string
  /** Of `size`: the bytes that the result has at least; 0 otherwise. */
  readonly bytes: number
}

const raised = new WeakSetIntrinsic<object>()

export function decodeError(message: string): CodecError {
  return create('decode', message, 0)
}

export function encodeError(message: string): CodecError {
  return create('encode', message, 0)
}

/** @param bytes how large the result is at least: encoding stops there. */
export function outputTooLarge(bytes: number, maxBytes: number): CodecError {
  return create('size', `The result has at least ${bytes} bytes; the limit is ${maxBytes} bytes.`, bytes)
}

/** Whether something that was thrown comes from a codec. Runs no guest code. */
export function isCodecError(thrown: unknown): thrown is CodecError {
  return typeof thrown === 'object' && thrown !== null && weakSetHas(raised, thrown)
}

function create(kind: CodecError['kind'], message: string, bytes: number): CodecError {
  const error = { __proto__: null, kind, message, bytes } as CodecError
  weakSetAdd(raised, error)
  return error
}
