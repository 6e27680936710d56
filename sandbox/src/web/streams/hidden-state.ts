// How the state of a stream comes to its object, where the library of streams assigns it.
import { defineProperty, objectPrototype } from '../../intrinsics.ts'
import { defineHidden } from '../interface.ts'

/**
 * An assignment, of which the member that it makes is not listed. A description without a prototype is slow, so there is one
 * only where a program has put something on all objects.
 */
export function setHidden(target: object, key: string, value: unknown): unknown {
  if (key in target) (target as Record<string, unknown>)[key] = value
  else if ('get' in objectPrototype || 'set' in objectPrototype) defineHidden(target, key, value)
  else defineProperty(target, key, { value, writable: true, enumerable: false, configurable: true })
  return value
}
