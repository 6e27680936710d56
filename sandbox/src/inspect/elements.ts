// The elements of arrays, typed arrays, buffers, maps and sets.
import {
  arrayBufferByteLength,
  getOwnPropertyDescriptor,
  mapEntries,
  mapIteratorNext,
  mapSize,
  mathFloor,
  mathMax,
  mathMin,
  objectHasOwn,
  objectKeys,
  setIteratorNext,
  setSize,
  setValues,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayConstructors,
  typedArrayLength,
  typedArrayName,
  Uint8ArrayIntrinsic,
} from '../intrinsics.ts'
import { isSpent, take } from './context.ts'
import type { Context } from './context.ts'
import { append, createList } from './list.ts'
import type { List } from './list.ts'
import { formatNumber } from './primitive.ts'
import { formatDescriptor } from './property.ts'
import { isIndex, ownData } from './read.ts'

/** The keys of longer arrays are not listed unless almost all elements are missing: every key would cost memory. */
const MAX_LISTED_ELEMENTS = 10_000
/** How many elements tell whether an array is almost empty. */
const SAMPLES = 64

const plural = (count: number): string => (count > 1 ? 's' : '')
const moreItems = (count: number): string => `... ${count} more item${plural(count)}`
const emptyItems = (count: number): string => `<${count} empty item${plural(count)}>`

/** Whether the keys of an array or typed array can be listed without filling the memory. */
export function hasReadableKeys(value: object, length: number): boolean {
  if (length <= MAX_LISTED_ELEMENTS) return true
  const distance = mathFloor(length / (SAMPLES + 1))
  for (let sample = 1; sample <= SAMPLES; sample++) if (objectHasOwn(value, sample * distance)) return false
  return true
}

export function formatArray(context: Context, value: object, length: number, level: number): List<string> {
  const entries = createList<string>()
  const shown = mathMin(context.maxArrayLength, length)
  for (let index = 0; index < shown && !isSpent(context.budget); index++) {
    const descriptor = getOwnPropertyDescriptor(value, index)
    if (descriptor === undefined) return formatSparse(context, value, length, level, entries)
    append(entries, formatDescriptor(context, descriptor, level))
  }
  if (length > shown) append(entries, moreItems(length - shown))
  return entries
}

/** Goes on where the first element is missing; each run of missing elements counts as one entry. */
function formatSparse(
  context: Context,
  value: object,
  length: number,
  level: number,
  entries: List<string>,
): List<string> {
  let index = entries.length
  const shown = mathMin(context.maxArrayLength, length)
  if (!hasReadableKeys(value, length)) {
    append(entries, moreItems(length - index))
    return entries
  }
  const keys = objectKeys(value)
  for (let at = index; at < keys.length && entries.length < shown && !isSpent(context.budget); at++) {
    const key = keys[at] as string
    if (!isIndex(key)) break
    if (+key !== index) {
      append(entries, emptyItems(+key - index))
      index = +key
      if (entries.length === shown) break
    }
    const descriptor = getOwnPropertyDescriptor(value, key)
    if (descriptor !== undefined) append(entries, formatDescriptor(context, descriptor, level))
    index++
  }
  const remaining = length - index
  if (remaining > 0) append(entries, entries.length === shown ? moreItems(remaining) : emptyItems(remaining))
  return entries
}

/** For arrays: whether the first `count` elements are numbers. */
export function areNumbers(value: object, count: number): boolean {
  for (let index = 0; index < count; index++) {
    const element = ownData(value, index)
    if (typeof element !== 'number' && typeof element !== 'bigint') return false
  }
  return true
}

export function formatTypedArray(context: Context, value: object): List<string> {
  const entries = createList<string>()
  const length = typedArrayLength(value)
  const shown = mathMin(context.maxArrayLength, length)
  for (let index = 0; index < shown && !isSpent(context.budget); index++) {
    const element = (value as ArrayLike<number | bigint>)[index] as number | bigint
    append(entries, take(context.budget, typeof element === 'number' ? formatNumber(element) : `${element}n`))
  }
  if (length > shown) append(entries, moreItems(length - shown))
  if (context.showHidden) appendMeasures(entries, value)
  return entries
}

/** What a typed array has from its class, as properties that are not enumerable. */
function appendMeasures(entries: List<string>, value: object): void {
  const name = typedArrayName(value) as Exclude<keyof typeof typedArrayConstructors, '__proto__'>
  append(entries, `[BYTES_PER_ELEMENT]: ${typedArrayConstructors[name].BYTES_PER_ELEMENT}`)
  append(entries, `[length]: ${typedArrayLength(value)}`)
  append(entries, `[byteLength]: ${typedArrayByteLength(value)}`)
  append(entries, `[byteOffset]: ${typedArrayByteOffset(value)}`)
  append(entries, `[buffer]: ArrayBuffer { [byteLength]: ${arrayBufferByteLength(typedArrayBuffer(value))} }`)
}

/** The bytes of a buffer as one entry. */
export function formatBytes(context: Context, buffer: ArrayBuffer): string {
  const length = arrayBufferByteLength(buffer)
  const shown = mathMin(context.maxArrayLength, length, context.budget.characters)
  let bytes: Uint8Array
  try {
    bytes = new Uint8ArrayIntrinsic(buffer, 0, shown)
  } catch {
    return '(detached)'
  }
  let text = ''
  for (let index = 0; index < shown; index++) {
    const byte = bytes[index] as number
    const digits = '0123456789abcdef'
    text += `${index === 0 ? '' : ' '}${digits[byte >> 4] as string}${digits[byte & 15] as string}`
  }
  if (length > shown) text += ` ... ${length - shown} more byte${plural(length - shown)}`
  return take(context.budget, `[Uint8Contents]: <${text}>`)
}

export function formatSet(context: Context, value: Set<unknown>, level: number): List<string> {
  const { formatValue } = context
  const entries = createList<string>()
  const shown = mathMin(context.maxArrayLength, setSize(value))
  const iterator = setValues(value)
  context.indentation += 2
  for (let index = 0; index < shown && !isSpent(context.budget); index++) {
    const step = setIteratorNext(iterator)
    if (step.done) break
    append(entries, formatValue(context, step.value, level))
  }
  addRemaining(entries, setSize(value), shown)
  context.indentation -= 2
  return entries
}

export function formatMap(context: Context, value: Map<unknown, unknown>, level: number): List<string> {
  const { formatValue } = context
  const entries = createList<string>()
  const shown = mathMin(context.maxArrayLength, mapSize(value))
  const iterator = mapEntries(value)
  context.indentation += 2
  for (let index = 0; index < shown && !isSpent(context.budget); index++) {
    const step = mapIteratorNext(iterator)
    if (step.done) break
    const key = formatValue(context, step.value[0], level)
    append(entries, `${key} => ${formatValue(context, step.value[1], level)}`)
  }
  addRemaining(entries, mapSize(value), shown)
  context.indentation -= 2
  return entries
}

function addRemaining(entries: List<string>, size: number, shown: number): void {
  const remaining = mathMax(size - shown, 0)
  if (remaining > 0) append(entries, moreItems(remaining))
}
