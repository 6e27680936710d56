// The texts that String objects with a mark hold. Patterns stand inside of functions, where they cost a snapshot nothing.
import { regExpExec } from '../../intrinsics.ts'
import { MAX_DECIMAL_DIGITS } from '../bounds.ts'

/** As `decimal.Decimal` reads it. */
export function isDecimal(text: string): boolean {
  return regExpExec(/^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|s?nan\d*)$/i, text) !== null
}

/** As `fractions.Fraction` reads it, with no more digits than Python's integers have in text. */
export function isFraction(text: string): boolean {
  const match = text.length > MAX_DECIMAL_DIGITS ? null : regExpExec(/^-?\d+(?:\/(\d+))?$/, text)
  return match !== null && (match[1] === undefined || regExpExec(/[1-9]/, match[1]) !== null)
}

export function isUuid(text: string): boolean {
  return regExpExec(/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i, text) !== null
}
