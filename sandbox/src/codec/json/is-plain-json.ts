// A quick look ahead: whether `JSON.stringify` can be trusted with a value.
import { datePrototype, dateToIso, dateToJson, getPrototypeOf, isArray, objectPrototype } from '../../intrinsics.ts'
import { kindOf } from '../kinds.ts'

/** Deeper values go the slow way, which tells a deep value from a cycle. */
const MAX_PLAIN_DEPTH = 100
/** Of the text of a date, with its quotes. */
const DATE_CHARACTERS = 26

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
      // NaN and infinities are not 0 when subtracted from themselves; 1 / -0 is negative.
      return value - value === 0 && (value !== 0 || 1 / value > 0) ? room - 1 : -1
    case 'boolean':
    case 'undefined':
      return room - 1
    case 'object':
      if (value === null) return room - 1
      return isArray(value) ? measureArray(value, room, depth) : measureMembers(value, room, depth)
    default:
      return -1
  }
}

function measureArray(array: readonly unknown[], room: number, depth: number): number {
  const { length } = array
  if (depth === MAX_PLAIN_DEPTH || length > room || 'toJSON' in array) return -1
  for (let index = 0; index < length && room >= 0; index += 1) {
    const item = array[index]
    room = typeof item === 'string' ? room - item.length - 1 : measure(item, room - 1, depth + 1)
  }
  return room
}

function measureMembers(object: object, room: number, depth: number): number {
  if ('toJSON' in object) return isUsualDate(object) ? room - DATE_CHARACTERS : -1
  if (depth === MAX_PLAIN_DEPTH) return -1
  const prototype = getPrototypeOf(object)
  if (prototype !== objectPrototype && prototype !== null && kindOf(object) !== 'instance') return -1
  // What `for…in` finds on a prototype beside own keys makes the answer stricter, never laxer.
  for (const key in object) {
    const member = (object as Readonly<Record<string, unknown>>)[key]
    // Most members are strings, and a call costs more than the rest of the work for one.
    if (typeof member === 'string') room -= key.length + member.length + 2
    else room = measure(member, room - key.length - 2, depth + 1)
    if (room < 0) return -1
  }
  return room
}

/** A Date with the methods that it was born with, of which `JSON.stringify` makes text. */
function isUsualDate(object: object): boolean {
  const { toJSON, toISOString } = object as { readonly toJSON: unknown; readonly toISOString?: unknown }
  return getPrototypeOf(object) === datePrototype && toJSON === dateToJson && toISOString === dateToIso
}
