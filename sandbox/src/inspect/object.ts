// Objects: what stands before their braces, what is between them, and how built-ins differ from each other.
import {
  dateGetTime,
  dateToIsoString,
  isNaNValue,
  MapIntrinsic,
  mapGet,
  mapSet,
  mapSize,
  setSize,
  stringSlice,
  typedArrayLength,
} from '../intrinsics.ts'
import { describeBoxed, describeRegExp, formatBuffer, formatView } from './built-in.ts'
import type { Context } from './context.ts'
import { areNumbers, formatArray, formatMap, formatSet, formatTypedArray, hasReadableKeys } from './elements.ts'
import { describeError } from './error.ts'
import { describeFunction } from './function.ts'
import { identify, prefixOf } from './identity.ts'
import type { Identity } from './identity.ts'
import { kindOf } from './kind.ts'
import type { Kind } from './kind.ts'
import { layOut } from './layout.ts'
import { append, createList } from './list.ts'
import type { List } from './list.ts'
import { appendMembers, isPlatformObject } from './platform-object.ts'
import { appendProperties } from './property.ts'
import { listExports, listExtraKeys, listKeys, ownData } from './read.ts'

/** May throw whatever a proxy's traps throw. */
export function formatObject(context: Context, value: object, level: number): string {
  const { seen } = context
  for (let index = 0; index < seen.length; index++) {
    if (seen[index] === value) return `[Circular *${numberCircular(context, value)}]`
  }
  const identity = identify(context, value, level)
  const kind = kindOf(value, identity)
  const keys = keysOf(context, value, kind)
  const base = baseOf(context, value, kind, identity, keys, level)
  const open = openingOf(value, kind, identity)
  const isOfPlatform = kind === 'Object' && isPlatformObject(value)
  if (keys.length === 0 && !isOfPlatform && isComplete(context, value, kind))
    return base === '' ? open + closingOf(kind) : base
  if (level > context.depth) return kind === 'RegExp' ? base : abbreviate(identity, kind)

  append(seen, value)
  context.lastLevel = level + 1
  const entries = elementsOf(context, value, kind, level + 1)
  if (isOfPlatform) appendMembers(context, entries, value, level + 1)
  appendProperties(context, entries, value, keys, level + 1)
  seen.length -= 1
  if (isOfPlatform && entries.length === 0) return open + closingOf(kind)
  const number = context.circular === undefined ? undefined : mapGet(context.circular, value)
  const reference = number === undefined ? '' : `<ref *${number}>`
  const frame = {
    __proto__: null,
    base: reference === '' || base === '' ? reference + base : `${reference} ${base}`,
    open,
    close: closingOf(kind),
    areNumbers: isList(kind) ? (count: number) => areNumbers(value, count) : null,
  }
  return layOut(context, entries, frame, level + 1)
}

function numberCircular(context: Context, value: object): number {
  context.circular ??= new MapIntrinsic<object, number>()
  const known = mapGet(context.circular, value)
  if (known !== undefined) return known
  const number = mapSize(context.circular) + 1
  mapSet(context.circular, value, number)
  return number
}

const isList = (kind: Kind): boolean => kind === 'Array' || kind === 'TypedArray'

const closingOf = (kind: Kind): string => (isList(kind) ? ']' : '}')

const lengthOf = (value: object): number => {
  const length = ownData(value, 'length')
  return typeof length === 'number' ? length : 0
}

function keysOf(context: Context, value: object, kind: Kind): List<PropertyKey> {
  if (kind === 'Array' || kind === 'String')
    return listExtraKeys(context, value, hasReadableKeys(value, lengthOf(value)))
  if (kind === 'TypedArray') return listExtraKeys(context, value, hasReadableKeys(value, typedArrayLength(value)))
  return kind === 'Module' ? listExports(context, value) : listKeys(context, value)
}

/** What says everything when there are no properties; '' for objects that need their braces. */
function baseOf(
  context: Context,
  value: object,
  kind: Kind,
  identity: Identity,
  keys: List<PropertyKey>,
  level: number,
): string {
  switch (kind) {
    case 'Function':
      return describeFunction(context, value, identity)
    case 'Error':
      return describeError(context, value, identity, keys, level)
    case 'RegExp':
      return unlessPlain(identity, 'RegExp') + describeRegExp(context, value)
    case 'Date': {
      const text = isNaNValue(dateGetTime(value)) ? 'Invalid Date' : dateToIsoString(value)
      return unlessPlain(identity, 'Date') + text
    }
    case 'Number':
    case 'String':
    case 'Boolean':
    case 'BigInt':
    case 'Symbol':
      return describeBoxed(context, value, kind, identity)
    default:
      return ''
  }
}

/** The prefix that tells an instance of a subclass. */
function unlessPlain(identity: Identity, kind: string): string {
  const prefix = prefixOf(identity, kind)
  return prefix === `${kind} ` ? '' : prefix
}

function openingOf(value: object, kind: Kind, identity: Identity): string {
  const { name, tag } = identity
  switch (kind) {
    case 'Array':
      return name === 'Array' && tag === '' ? '[' : `${prefixOf(identity, 'Array', `(${lengthOf(value)})`)}[`
    case 'TypedArray':
      return `${prefixOf(identity, tag, `(${typedArrayLength(value)})`)}[`
    case 'Set':
      return `${prefixOf(identity, 'Set', `(${setSize(value as Set<unknown>)})`)}{`
    case 'Map':
      return `${prefixOf(identity, 'Map', `(${mapSize(value as Map<unknown, unknown>)})`)}{`
    case 'ArrayBuffer':
    case 'DataView':
    case 'Promise':
    case 'WeakMap':
    case 'WeakSet':
    case 'Module':
      return `${prefixOf(identity, kind)}{`
    case 'Arguments':
      return '[Arguments] {'
    case 'Object':
      return name === 'Object' && tag === '' ? '{' : `${prefixOf(identity, 'Object')}{`
    default:
      return '{'
  }
}

/** Whether an object without properties has nothing to show between its braces. */
function isComplete(context: Context, value: object, kind: Kind): boolean {
  switch (kind) {
    case 'Array':
      return lengthOf(value) === 0
    case 'TypedArray':
      return typedArrayLength(value) === 0 && !context.showHidden
    case 'Set':
      return setSize(value as Set<unknown>) === 0
    case 'Map':
      return mapSize(value as Map<unknown, unknown>) === 0
    case 'ArrayBuffer':
    case 'DataView':
    case 'Promise':
    case 'WeakMap':
    case 'WeakSet':
    case 'Module':
      return false
    default:
      return true
  }
}

function elementsOf(context: Context, value: object, kind: Kind, level: number): List<string> {
  switch (kind) {
    case 'Array':
      return formatArray(context, value, lengthOf(value), level)
    case 'TypedArray':
      return formatTypedArray(context, value)
    case 'Set':
      return formatSet(context, value as Set<unknown>, level)
    case 'Map':
      return formatMap(context, value as Map<unknown, unknown>, level)
    case 'ArrayBuffer':
      return formatBuffer(context, value as ArrayBuffer)
    case 'DataView':
      return formatView(context, value as DataView, level)
    default: {
      const entries = createList<string>()
      if (kind === 'WeakMap' || kind === 'WeakSet') append(entries, '<items unknown>')
      // Only V8's own interface tells the state of a promise without waiting for it.
      else if (kind === 'Promise') append(entries, '<state unknown>')
      return entries
    }
  }
}

/** What stands for an object that is too deep. */
function abbreviate(identity: Identity, kind: Kind): string {
  const text = stringSlice(prefixOf(identity, kind === 'Array' || kind === 'Function' ? kind : 'Object'), 0, -1)
  return identity.name === null ? text : `[${text}]`
}
