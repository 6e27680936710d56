// Looks at properties without running a getter, except where it says so.
// A proxy's traps run: nothing can look at a proxy without them.
import {
  apply,
  getOwnPropertyDescriptor,
  getOwnPropertySymbols,
  getPrototypeOf,
  isInteger,
  objectHasOwn,
  objectKeys,
  ownKeys,
} from '../intrinsics.ts'
import type { Context } from './context.ts'
import { append, createList } from './list.ts'
import type { List } from './list.ts'

/** Bounds a chain of prototypes that a proxy makes up as it is walked. */
export const MAX_PROTOTYPES = 100

const MAX_ARRAY_LENGTH = 2 ** 32 - 1

/** The value of an own data property, undefined for everything else. */
export function ownData(target: object, key: PropertyKey): unknown {
  const descriptor = getOwnPropertyDescriptor(target, key)
  return descriptor !== undefined && objectHasOwn(descriptor, 'value') ? descriptor.value : undefined
}

/** The descriptor that a read of the property would use. */
export function findDescriptor(target: object, key: PropertyKey): PropertyDescriptor | undefined {
  let at: object | null = target
  for (let step = 0; at !== null && step < MAX_PROTOTYPES; step++) {
    const descriptor = getOwnPropertyDescriptor(at, key)
    if (descriptor !== undefined) return descriptor
    at = getPrototypeOf(at)
  }
  return undefined
}

/** What a read of the property gives when it is a data property, undefined for everything else. */
export function findData(target: object, key: PropertyKey): unknown {
  const descriptor = findDescriptor(target, key)
  return descriptor !== undefined && objectHasOwn(descriptor, 'value') ? descriptor.value : undefined
}

/** What a read of the property gives, a getter's answer too; undefined when that throws. */
export function askProperty(target: object, key: PropertyKey): unknown {
  const descriptor = findDescriptor(target, key)
  if (descriptor === undefined) return undefined
  if (objectHasOwn(descriptor, 'value')) return descriptor.value
  if (descriptor.get === undefined) return undefined
  try {
    return apply(descriptor.get as () => unknown, target, [])
  } catch {
    return undefined
  }
}

export function isEnumerable(target: object, key: PropertyKey): boolean {
  return getOwnPropertyDescriptor(target, key)?.enumerable === true
}

/** The keys to show, texts before symbols; no more than the budget lets be visited. */
export function listKeys(context: Context, value: object): List<PropertyKey> {
  const keys = createList<PropertyKey>()
  appendKeys(context, keys, context.showHidden ? ownKeys(value) : objectKeys(value), 0)
  if (!context.showHidden) appendSymbols(context, keys, value)
  return keys
}

/** The names of what a module exports; unlike `listKeys` it does not ask for values that may not be there so far. */
export function listExports(context: Context, namespace: object): List<PropertyKey> {
  const keys = createList<PropertyKey>()
  const all = ownKeys(namespace)
  for (let at = 0; at < all.length && keys.length < context.budget.visits; at++) {
    const key = all[at] as PropertyKey
    if (typeof key === 'string') append(keys, key)
  }
  return keys
}

/** As `listKeys` without the indexes of elements, which stand before all other keys. */
export function listExtraKeys(context: Context, value: object, hasReadableKeys: boolean): List<PropertyKey> {
  const keys = createList<PropertyKey>()
  if (hasReadableKeys) {
    const all: Readonly<List<PropertyKey>> = context.showHidden ? ownKeys(value) : objectKeys(value)
    let start = all.length
    while (start > 0 && !isIndex(all[start - 1] as PropertyKey)) start--
    appendKeys(context, keys, all, start)
  }
  if (!context.showHidden || !hasReadableKeys) appendSymbols(context, keys, value)
  return keys
}

function appendKeys(context: Context, keys: List<PropertyKey>, all: Readonly<List<PropertyKey>>, start: number): void {
  for (let at = start; at < all.length && keys.length < context.budget.visits; at++)
    append(keys, all[at] as PropertyKey)
}

function appendSymbols(context: Context, keys: List<PropertyKey>, value: object): void {
  const symbols = getOwnPropertySymbols(value)
  for (let at = 0; at < symbols.length && keys.length < context.budget.visits; at++) {
    const symbol = symbols[at] as symbol
    if (context.showHidden || isEnumerable(value, symbol)) append(keys, symbol)
  }
}

/** Whether a key is written as the indexes of arrays are. */
export function isIndex(key: PropertyKey): boolean {
  if (typeof key !== 'string' || key.length === 0 || key.length > 10) return false
  const index = +key
  return isInteger(index) && index >= 0 && index < MAX_ARRAY_LENGTH && `${index}` === key
}
