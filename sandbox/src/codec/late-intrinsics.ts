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

interface LateIntrinsics {
  /** `Uint8Array.fromBase64`. */
  fromBase64: FromBase64 | undefined
  /** `Uint8Array.prototype.toBase64`; it takes its receiver through `apply`. */
  toBase64: ((this: Uint8Array) => string) | undefined
  /** `Error.isError`. */
  isError: ((value: unknown) => boolean) | undefined
}

/** To be read when they are called: a group of the guest program may be initialised in the snapshot, when there are none. */
export const lateIntrinsics = {
  __proto__: null,
  fromBase64: undefined,
  toBase64: undefined,
  isError: undefined,
} as unknown as LateIntrinsics

/** Called in each fresh isolate before any code of a guest. */
export function captureLateIntrinsics(): void {
  const { Uint8Array: bytes, Error: error } = getGlobal() as LateGlobals
  lateIntrinsics.isError = error.isError
  lateIntrinsics.fromBase64 = bytes.fromBase64
  lateIntrinsics.toBase64 = bytes.prototype.toBase64
}
