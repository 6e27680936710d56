// The error that the host names.
import { toText, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { domError } from '../dom-error.ts'
import type { DomErrorName } from '../dom-error.ts'

/** @param said `[name, message]` */
export function toError(said: object): Error {
  const { 0: name, 1: message } = said as { readonly 0: unknown; readonly 1: unknown }
  const text = `crypto.subtle: ${toText(message)}`
  return name === 'TypeError' ? new TypeErrorIntrinsic(text) : domError(name as DomErrorName, text)
}
