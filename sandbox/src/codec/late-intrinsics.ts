// Built-ins that V8 adds to a context only after the snapshot is loaded; without them slower code does the same.
import { getGlobal } from '../intrinsics.ts'

type FromBase64 = (text: string, options: { readonly lastChunkHandling: 'strict' }) => Uint8Array

interface LateGlobals {
  readonly Error: { readonly isError?: (value: unknown) => boolean }
  readonly Uint8Array: {
    readonly fromBase64?: FromBase64
    readonly prototype: { readonly toBase64?: (this: Uint8Array) => string }
  }
}

/** `Uint8Array.fromBase64`. */
export let fromBase64: FromBase64 | undefined
/** `Uint8Array.prototype.toBase64`; it takes its receiver through `apply`. */
export let toBase64: ((this: Uint8Array) => string) | undefined

/** `Error.isError`. */
export let isError: ((value: unknown) => boolean) | undefined

/** Called in each fresh isolate before any code of a guest. */
export function captureLateIntrinsics(): void {
  const { Uint8Array: bytes, Error: error } = getGlobal() as LateGlobals
  isError = error.isError
  fromBase64 = bytes.fromBase64
  toBase64 = bytes.prototype.toBase64
}
