// A quick look ahead: whether `JSON.stringify` can be trusted with a value.
import { getPrototypeOf, isArray, objectPrototype } from '../../intrinsics.ts'
import { kindOf } from '../kinds.ts'

/** Deeper values go the slow way, which tells a deep value from a cycle. */
const MAX_PLAIN_DEPTH = 100

/**
 * True only if the value holds nothing that `JSON.stringify` would change, lose or call, and is not sure to be longer than
 * `maxBytes`. A cycle or a value that shares its parts too often is not plain either: what is looked at is counted.
 */
export function isPlainJson(value: unknown, maxBytes: number): boolean {
  try {
    return measure(value, maxBytes, 0) >= 0
  } catch {
    return false
  }
}

/** How much of `room` characters is left after the least that the value can take; negative if it is not plain. */
function measure(value: unknown, room: number, depth: number): number {
  switch (typeof value) {
    case 'string':
      return room - value.length
    case 'number':
      // NaN and infinities are not equal to themselves minus themselves; 1 / -0 is negative.
      return value - value === 0 && (value !== 0 || 1 / value > 0) ? room - 1 : -1
    case 'boolean':
    case 'undefined':
      return room - 1
    case 'object':
      return value === null ? room - 1 : measureObject(value, room - 1, depth)
    default:
      return -1
  }
}

function measureObject(object: object, room: number, depth: number): number {
  if (depth === MAX_PLAIN_DEPTH || 'toJSON' in object) return -1
  if (isArray(object)) {
    const { length } = object
    if (length > room) return -1
    for (let index = 0; index < length && room >= 0; index += 1) room = measure(object[index], room - 1, depth + 1)
    return room
  }
  const prototype = getPrototypeOf(object)
  if (prototype !== objectPrototype && prototype !== null && kindOf(object) !== 'instance') return -1
  // What `for…in` finds on a prototype beside own keys makes the answer stricter, never laxer.
  for (const key in object) {
    room = measure((object as Readonly<Record<string, unknown>>)[key], room - key.length - 1, depth + 1)
    if (room < 0) return -1
  }
  return room
}
