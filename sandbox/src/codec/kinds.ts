// What kind of object a value is, whatever the guest has done to the prototypes and tags of its class.
import { builtInNames, getPrototypeOf, isArray, mapGet, objectPrototype } from '../intrinsics.ts'

/** Levels of a prototype chain that are looked at: a proxy could go on for ever. */
const MAX_CHAIN = 100

/**
 * `plain` for an object that inherits from `Object.prototype` or nothing, `Array`, the name of the built-in that the object
 * inherits from, or `instance` for one of a class of the guest's. Runs traps of proxies, and believes them: who relies on the
 * name of a built-in must expect that the object is none.
 */
export function kindOf(object: object): string {
  if (isArray(object)) return 'Array'
  let prototype = getPrototypeOf(object)
  if (prototype === objectPrototype || prototype === null) return 'plain'
  for (let level = 0; level < MAX_CHAIN; level += 1) {
    const name = mapGet(builtInNames, prototype)
    if (name !== undefined) return name
    prototype = getPrototypeOf(prototype)
    if (prototype === null) break
  }
  return 'instance'
}

/** What a value that no format carries is, as the end of a sentence; null for a kind that may be carried. */
export function describeForeign(kind: string): string | null {
  switch (kind) {
    case 'Error':
      return 'is an Error; return its message instead'
    case 'Promise':
      return 'is a Promise; await it first'
    case 'Iterator':
      return 'is an iterator; return an array of what it gives'
    case 'AsyncIterator':
      return 'is an asynchronous iterator; return an array of what it gives'
    case 'RegExp':
    case 'WeakMap':
    case 'WeakSet':
    case 'WeakRef':
      return `is a ${kind}`
    case 'Symbol':
      return 'is a symbol'
    default:
      return null
  }
}

/** Of a primitive or a function that no format carries. */
export function describeType(value: unknown): string {
  return `is a ${typeof value}`
}
