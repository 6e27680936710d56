// Which built-in an object is, borne out by the object itself: prototypes can be set to anything.
import {
  arrayBufferByteLength,
  bigIntValueOf,
  booleanValueOf,
  dataViewByteLength,
  dateGetTime,
  getOwnPropertyDescriptor,
  isArray,
  mapSize,
  numberValueOf,
  objectHasOwn,
  regExpSource,
  setSize,
  stringValueOf,
  symbolIterator,
  symbolToStringTag,
  symbolValueOf,
  typedArrayName,
} from '../intrinsics.ts'
import type { Identity } from './identity.ts'

/** `Module` is the namespace of a module. */
export type Kind =
  | 'Arguments'
  | 'Array'
  | 'ArrayBuffer'
  | 'BigInt'
  | 'Boolean'
  | 'DataView'
  | 'Date'
  | 'Error'
  | 'Function'
  | 'Map'
  | 'Module'
  | 'Number'
  | 'Object'
  | 'Promise'
  | 'RegExp'
  | 'Set'
  | 'String'
  | 'Symbol'
  | 'TypedArray'
  | 'WeakMap'
  | 'WeakSet'

/** Does not see through a proxy, except one of an array or a function. */
export function kindOf(value: object, identity: Identity): Kind {
  if (typeof value === 'function') return 'Function'
  if (isArray(value)) return 'Array'
  if (typedArrayName(value) !== undefined) return 'TypedArray'
  if (identity.kind === 'Object') return isArguments(value) ? 'Arguments' : 'Object'
  if (identity.name === null) return isModule(value, identity) ? 'Module' : 'Object'
  try {
    return confirm(value, identity.kind)
  } catch {
    return 'Object'
  }
}

/** Throws what the built-in throws for an object that is none of its own. */
function confirm(value: object, kind: string): Kind {
  switch (kind) {
    case 'Map':
      mapSize(value as Map<unknown, unknown>)
      return kind
    case 'Set':
      setSize(value as Set<unknown>)
      return kind
    case 'Date':
      dateGetTime(value)
      return kind
    case 'RegExp':
      regExpSource(value)
      return kind
    case 'ArrayBuffer':
      arrayBufferByteLength(value as ArrayBuffer)
      return kind
    case 'DataView':
      dataViewByteLength(value)
      return kind
    case 'Number':
      numberValueOf(value)
      return kind
    case 'String':
      stringValueOf(value)
      return kind
    case 'Boolean':
      booleanValueOf(value)
      return kind
    case 'BigInt':
      bigIntValueOf(value)
      return kind
    case 'Symbol':
      symbolValueOf(value)
      return kind
    // For these the prototype is enough: nothing is read from them that they might not have.
    case 'Error':
    case 'Promise':
    case 'WeakMap':
    case 'WeakSet':
      return kind
    default:
      return 'Object'
  }
}

/** By the three properties that the language gives to `arguments` and to nothing else. */
function isArguments(value: object): boolean {
  return isHidden(value, 'callee') && isHidden(value, 'length') && isHidden(value, symbolIterator)
}

function isHidden(value: object, key: PropertyKey): boolean {
  const descriptor = getOwnPropertyDescriptor(value, key)
  return descriptor !== undefined && descriptor.enumerable === false
}

function isModule(value: object, { tag }: Identity): boolean {
  if (tag !== 'Module') return false
  const descriptor = getOwnPropertyDescriptor(value, symbolToStringTag)
  if (descriptor === undefined || !objectHasOwn(descriptor, 'value')) return false
  return descriptor.writable === false && descriptor.configurable === false
}
