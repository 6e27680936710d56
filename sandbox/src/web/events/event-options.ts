// What the kinds of events have in common.
import { readOptions } from '../interface.ts'

/** A member of a dictionary that may not be there. */
export function optionOf(init: unknown, key: string, fallback: unknown): unknown {
  const options = readOptions(init, 'the second argument')
  const value = options[key as keyof object] as unknown
  return value === undefined ? fallback : value
}
