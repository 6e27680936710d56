// The errors that web standards throw by name. The one place where they are made.
import { ErrorIntrinsic } from '../intrinsics.ts'
import { defineHidden } from './interface.ts'

/** The names in use, with the numbers that the DOM gave them before they had names. */
const CODES = {
  __proto__: null,
  InvalidCharacterError: 5,
  InvalidStateError: 11,
  NotSupportedError: 9,
  SyntaxError: 12,
  QuotaExceededError: 22,
  TypeMismatchError: 17,
  DataCloneError: 25,
} as const

export type DomErrorName = Exclude<keyof typeof CODES, '__proto__'>

/** @param message a whole sentence with the numbers in it. */
export function domError(name: DomErrorName, message: string): Error {
  const error = new ErrorIntrinsic(message)
  defineHidden(error, 'name', name)
  defineHidden(error, 'code', CODES[name])
  return error
}
