// How the state of a stream comes to its object, where the library of streams assigns it.
import { defineHidden } from '../interface.ts'

/** An assignment, of which the member that it makes is not listed. */
export function setHidden(target: object, key: string, value: unknown): unknown {
  if (key in target) (target as Record<string, unknown>)[key] = value
  else defineHidden(target, key, value)
  return value
}
