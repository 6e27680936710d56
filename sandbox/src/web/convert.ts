// How Web IDL makes strings of what a guest passes. All of these run the guest's own code for objects.
import { regExpExec, stringToWellFormed, TypeErrorIntrinsic } from '../intrinsics.ts'

/** Throws a TypeError for a symbol, which `String` does not. */
export const toDomString = (value: unknown): string => `${value as number}`

/** Lone surrogates become U+FFFD. */
export const toUsvString = (value: unknown): string => stringToWellFormed(toDomString(value))

/** A character for each byte. */
export function toByteString(value: unknown, what: string): string {
  const text = toDomString(value)
  const beyond = regExpExec(/[^\0-\xff]/, text)
  if (beyond === null) return text
  throw new TypeErrorIntrinsic(`${what}: the character at ${beyond.index} is beyond Latin-1 (U+00FF)`)
}

/** Throws a TypeError for symbols and BigInts, one of which `Number` takes. */
export const toDouble = (value: unknown): number => (value as number) - 0
