// Takes away the built-ins through which a guest would get memory that no heap limit counts.
import {
  ArrayBufferIntrinsic,
  arrayBufferPrototype,
  construct,
  defineProperty,
  deleteProperty,
  getGlobal,
  installGlobal,
  RangeErrorIntrinsic,
  symbolSpecies,
  TypeErrorIntrinsic,
} from './intrinsics.ts'

const REMOVED = ['WebAssembly', 'SharedArrayBuffer', 'Atomics'] as const

/** For each isolate: V8 puts these globals back whenever it makes a context from a snapshot. */
export function removeUncountedMemory(): void {
  for (let index = 0; index < REMOVED.length; index++) deleteProperty(getGlobal(), REMOVED[index] as string)
}

/** For a service that is told to leave guests everything. */
export function allowResizableBuffers(): void {
  installGlobal('ArrayBuffer', ArrayBufferIntrinsic)
  fixed(arrayBufferPrototype, 'constructor', ArrayBufferIntrinsic, true)
}

function fixed(target: object, key: string | symbol, value: unknown, writable: boolean): void {
  // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
  defineProperty(target, key, { __proto__: null, value, writable, enumerable: false, configurable: writable })
}

/** Leaves only buffers of a fixed length, which the isolate's memory limit counts. */
export function installFixedBuffers(): void {
  function ArrayBuffer(length: unknown, options: { readonly maxByteLength?: unknown } | undefined = undefined): object {
    if (new.target === undefined) throw new TypeErrorIntrinsic("Constructor ArrayBuffer requires 'new'")
    if (typeof options === 'object' && options !== null && options.maxByteLength !== undefined) {
      throw new RangeErrorIntrinsic('ArrayBuffer: resizable buffers are switched off on this service')
    }
    return construct(ArrayBufferIntrinsic, [length], new.target)
  }
  fixed(ArrayBuffer, 'prototype', arrayBufferPrototype, false)
  fixed(ArrayBuffer, 'isView', ArrayBufferIntrinsic.isView, true)
  defineProperty(ArrayBuffer, symbolSpecies, {
    // @ts-expect-error -- as above.
    __proto__: null,
    get(this: unknown) {
      return this
    },
    enumerable: false,
    configurable: true,
  })
  fixed(arrayBufferPrototype, 'constructor', ArrayBuffer, true)
  installGlobal('ArrayBuffer', ArrayBuffer)
}
