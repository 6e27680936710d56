// A failure in our own format, where no imitated wire has one.
import { ERRORS } from '../errors.ts'
import type { Failure } from '../errors.ts'

export const INTERNAL_SERVER_ERROR = 'Internal Server Error'

/** On one line. What the function says of its own failure is no client's business. */
export function errorBody({ code, message, ...numbers }: Failure): string {
  const { blame, retryable } = ERRORS[code]
  const { limit = null, used = null } = numbers
  const text = blame === 'guest' ? INTERNAL_SERVER_ERROR : message
  return JSON.stringify({ error: { code, message: text, blame, retryable, limit, used } })
}
