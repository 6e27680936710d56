// How a JavaScript value remembers which Python type it is, where JavaScript has one type for several of Python's.
import { defineProperty, defineValue, objectHasOwn, stringStartsWith, symbolFor } from '../../intrinsics.ts'

/** `value[Symbol.for('python.type')]` is the name of the type. Guests may read it, set it, and so make tuples themselves. */
export const TYPE: symbol = symbolFor('python.type')

/** The keys of a dict in Python's order, on an object that would list keys such as '10' and '9' in another. */
export const KEY_ORDER: symbol = symbolFor('python.keys')

/** One descriptor for all tuples: making one is most of what a mark costs. */
const TUPLE = { __proto__: null, value: 'tuple', writable: true, enumerable: false, configurable: true }

export function markTuple(array: unknown[]): unknown[] {
  defineProperty(array, TYPE, TUPLE)
  return array
}

export function mark<Value extends object>(value: Value, type: string): Value {
  defineHidden(value, TYPE, type)
  return value
}

/** Defines what neither loops over properties nor comparisons see. */
export function defineHidden(target: object, key: PropertyKey, value: unknown): void {
  // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
  defineProperty(target, key, { __proto__: null, value, writable: true, enumerable: false, configurable: true })
}

/** The mark of the object itself, whatever the guest has put on prototypes; undefined without one. */
export function markOf(value: object): unknown {
  return ownValue(value, TYPE)
}

/** A property of the object itself. */
export function ownValue(value: object, key: string | symbol): unknown {
  return objectHasOwn(value, key) ? (value as Readonly<Record<string | symbol, unknown>>)[key] : undefined
}

/** An object of its own properties, as a literal in the guest's code would make it. */
export function createMarked(type: string, keys: readonly string[], values: readonly unknown[]): object {
  const object = {}
  for (let index = 0; index < keys.length; index += 1) defineValue(object, keys[index] as string, values[index])
  return mark(object, type)
}

/** Whether an object or a map with this mark is a dict of some kind. */
export function isDictMark(type: unknown): boolean {
  return type === 'collections.OrderedDict' || isDefaultdictMark(type)
}

/** `collections.defaultdict(list)`, or without parentheses when there is no factory. */
export function isDefaultdictMark(type: unknown): type is string {
  return typeof type === 'string' && stringStartsWith(type, 'collections.defaultdict')
}
