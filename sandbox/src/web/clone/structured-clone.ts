// structuredClone: copies a value with everything that it leads to, references to itself included.
import {
  errorConstructors,
  getOwnPropertyDescriptor,
  isArray,
  isObject,
  mapEntries,
  mapGet,
  MapIntrinsic,
  mapIteratorNext,
  mapSet,
  objectHasOwn,
  objectKeys,
  SetIntrinsic,
  setIteratorNext,
  setValues,
  toText,
} from '../../intrinsics.ts'
import { domError } from '../dom-error.ts'
import { defineHidden, readOptions } from '../interface.ts'
import { createItems, readSequence } from '../sequence.ts'
import { copyBuffer, copyLeaf, kindOf } from './leaves.ts'
import { clonePlatformObject } from './platform.ts'
import { createTransfer } from './transfer.ts'
import type { Transfer } from './transfer.ts'

/**
 * Throws DataCloneError for what cannot be copied or moved.
 * @param options a dictionary with `transfer`.
 * @param given what is to be moved, in place of what the options say; has what that has become afterwards.
 */
export function structuredCloneOf(value: unknown, options: unknown, given?: unknown[]): unknown {
  const transfer = createTransfer(given ?? readList(options))
  const copy = createCopier(transfer)
  const { finish } = transfer
  return finish(copy(value))
}

function readList(options: unknown): unknown[] {
  const { transfer } = readOptions(options, 'structuredClone') as { readonly transfer?: unknown }
  return transfer === undefined
    ? createItems<unknown>()
    : readSequence(transfer, 'structuredClone: transfer', (item) => item)
}

/** Follows the value depth first, as the standard does; one that is too deep for the stack ends with a RangeError. */
function createCopier(transfer: Transfer): (value: unknown) => unknown {
  const seen = new MapIntrinsic<object, unknown>()
  const { standInForMoved, standInForView, place, fillMap, fillSet } = transfer

  function copy(value: unknown): unknown {
    if (!isObject(value)) {
      if (typeof value === 'symbol') throw domError('DataCloneError', 'A symbol could not be cloned.')
      return value
    }
    return mapGet(seen, value) ?? copyObject(value)
  }

  function remember<Copy>(value: object, made: Copy): Copy {
    mapSet(seen, value, made)
    return made
  }

  function copyObject(value: object): unknown {
    if (isArray(value)) return copyArray(value)
    const moved = standInForMoved(value)
    if (moved !== undefined) return remember(value, moved)
    const platform = clonePlatformObject(value)
    if (platform === null) throw domError('DataCloneError', 'An object of this class could not be cloned.')
    if (platform !== undefined) return remember(value, platform)
    const kind = kindOf(value)
    const leaf = standInForView(value, kind) ?? copyLeaf(value, kind, copyShared)
    if (leaf !== undefined) return remember(value, leaf)
    if (kind === 'Map') return copyMap(value as Map<unknown, unknown>)
    if (kind === 'Set') return copySet(value as Set<unknown>)
    if (kind === 'Error') return copyError(value)
    return copyMembers(value, remember(value, {}))
  }

  /** A buffer, or the one behind a view: copied once, for all views of it. */
  function copyShared(buffer: ArrayBuffer): ArrayBuffer {
    const known = mapGet(seen, buffer) as ArrayBuffer | undefined
    return known ?? remember(buffer, copyBuffer(buffer))
  }

  function copyArray(value: readonly unknown[]): unknown[] {
    const made: unknown[] = remember(value, [])
    made.length = value.length
    return copyMembers(value, made)
  }

  function copyMembers<Target extends object>(value: object, made: Target): Target {
    const keys = objectKeys(value)
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string
      // A getter that was called before may have taken it away.
      if (objectHasOwn(value, key)) place(made, key, copy(value[key as keyof object]))
    }
    return made
  }

  /** The entries first, then their copies: a getter that changes the map meanwhile does not matter. */
  function copyMap(value: Map<unknown, unknown>): Map<unknown, unknown> {
    const made = remember(value, new MapIntrinsic<unknown, unknown>())
    const items = createItems<unknown>()
    const entries = mapEntries(value)
    for (let step = mapIteratorNext(entries); !step.done; step = mapIteratorNext(entries)) {
      const entry = step.value as { readonly 0: unknown; readonly 1: unknown }
      items[items.length] = entry[0]
      items[items.length] = entry[1]
    }
    fillMap(made, copyItems(items))
    return made
  }

  function copySet(value: Set<unknown>): Set<unknown> {
    const made = remember(value, new SetIntrinsic<unknown>())
    const items = createItems<unknown>()
    const values = setValues(value)
    for (let step = setIteratorNext(values); !step.done; step = setIteratorNext(values))
      items[items.length] = step.value
    fillSet(made, copyItems(items))
    return made
  }

  function copyItems(items: unknown[]): unknown[] {
    for (let index = 0; index < items.length; index++) items[index] = copy(items[index])
    return items
  }

  function copyError(value: object): object {
    const { name } = value as { readonly name?: unknown }
    const text = name === undefined ? 'Error' : toText(name)
    const own = objectHasOwn(errorConstructors, text) && text !== '__proto__'
    const ErrorClass = errorConstructors[own ? (text as 'Error') : 'Error']
    const made = remember(value, new ErrorClass())
    const message = getOwnPropertyDescriptor(value, 'message')
    if (message !== undefined && objectHasOwn(message, 'value')) defineHidden(made, 'message', toText(message.value))
    const { stack } = value as { readonly stack?: unknown }
    defineHidden(made, 'stack', typeof stack === 'string' ? stack : '')
    if (objectHasOwn(value, 'cause')) {
      defineHidden(made, 'cause', undefined)
      const { cause } = value as { readonly cause?: unknown }
      defineHidden(made, 'cause', copy(cause))
    }
    return made
  }

  return copy
}
