// The errors that web standards throw by name. The one place where they are made.
import { makeDomException } from './host.ts'

/** The names in use. */
export type DomErrorName =
  | 'InvalidCharacterError'
  | 'InvalidStateError'
  | 'NotReadableError'
  | 'NotSupportedError'
  | 'SyntaxError'
  | 'DataError'
  | 'InvalidAccessError'
  | 'OperationError'
  | 'QuotaExceededError'
  | 'TypeMismatchError'
  | 'DataCloneError'

/** @param message a whole sentence with the numbers in it. */
export function domError(name: DomErrorName, message: string): Error {
  return makeDomException(message, name)
}
