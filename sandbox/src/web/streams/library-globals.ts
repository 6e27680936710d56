// What the library of streams finds where it names globals: built-ins that are captured before any guest code, so that a
// program that has put others in their places has the streams that it would have had. What it calls on prototypes is the
// guest's affair.
import { LazyAbortController } from './lazy-abort-controller.ts'

export {
  ArrayBufferIntrinsic as ArrayBuffer,
  DataViewIntrinsic as DataView,
  ErrorIntrinsic as Error,
  PromiseIntrinsic as Promise,
  RangeErrorIntrinsic as RangeError,
  TypeErrorIntrinsic as TypeError,
  Uint8ArrayIntrinsic as Uint8Array,
} from '../../intrinsics.ts'

export { LazyAbortController as AbortController }

/** It takes a settled promise instead, which no guest can replace. */
export const queueMicrotask = undefined

/** It looks for DOMException here, which it needs for signals without a reason only: there are none. */
const nothing = { __proto__: null }
export { nothing as globalThis }
