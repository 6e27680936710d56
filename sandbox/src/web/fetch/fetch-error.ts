// What a fetch that fails rejects with.
import { construct, defineValue, ErrorIntrinsic, jsonParse, toText, TypeErrorIntrinsic } from '../../intrinsics.ts'

/** @param code of the service, and its sentence. */
export function fetchError(code: string, message: string): Error {
  const cause = new ErrorIntrinsic(message)
  defineValue(cause, 'code', code)
  return withCause(`fetch failed: ${message}`, cause)
}

/** @param text JSON `[code, message]`, or nothing when the call is over. */
export function toFetchError(text: string): Error {
  if (text === '') return fetchError('CANCELLED', 'The call that made the request has ended.')
  const said = jsonParse(text) as { readonly 0: unknown; readonly 1: unknown }
  return fetchError(toText(said[0]), toText(said[1]))
}

export function withCause(message: string, cause: unknown): Error {
  return construct(TypeErrorIntrinsic as new () => Error, [message, { __proto__: null, cause }])
}
