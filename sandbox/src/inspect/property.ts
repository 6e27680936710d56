// One property of an object: its name and its value, or that it has a getter.
import { getOwnPropertyDescriptor, objectHasOwn } from '../intrinsics.ts'
import { isSpent } from './context.ts'
import type { Context } from './context.ts'
import { nameOfKey } from './escape.ts'
import { append } from './list.ts'
import type { List } from './list.ts'

/** The value alone, for elements of arrays. */
export function formatDescriptor(context: Context, descriptor: PropertyDescriptor, level: number): string {
  if (objectHasOwn(descriptor, 'value')) {
    const { formatValue } = context
    context.indentation += 2
    const text = formatValue(context, descriptor.value, level)
    context.indentation -= 2
    return text
  }
  if (descriptor.get === undefined) return descriptor.set === undefined ? 'undefined' : '[Setter]'
  return descriptor.set === undefined ? '[Getter]' : '[Getter/Setter]'
}

export function formatProperty(context: Context, value: object, key: PropertyKey, level: number): string {
  let text: string
  let isHidden = false
  try {
    const descriptor = getOwnPropertyDescriptor(value, key)
    isHidden = descriptor !== undefined && descriptor.enumerable === false
    // A proxy may name a key and then know nothing of it.
    text = descriptor === undefined ? 'undefined' : formatDescriptor(context, descriptor, level)
  } catch {
    // The binding of a module that has not been evaluated so far, or a proxy.
    text = '<uninitialized>'
  }
  const name = nameOfKey(context.budget, key)
  return `${isHidden ? `[${name}]` : name}: ${text}`
}

export function appendProperties(
  context: Context,
  entries: List<string>,
  value: object,
  keys: Readonly<List<PropertyKey>>,
  level: number,
): void {
  for (let at = 0; at < keys.length && !isSpent(context.budget); at++) {
    append(entries, formatProperty(context, value, keys[at] as PropertyKey, level))
  }
}
