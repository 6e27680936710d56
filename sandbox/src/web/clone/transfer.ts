// What structuredClone moves instead of copying. It is moved once everything else is copied, so that an error on the way leaves
// it where it is; until then, something else stands in the copy for it, and for the views of buffers.
import {
  arrayBufferDetached,
  arrayBufferTransfer,
  defineValue,
  isObject,
  mapGet,
  mapHas,
  MapIntrinsic,
  mapSet,
  setAdd,
} from '../../intrinsics.ts'
import { isBuffer } from '../bytes.ts'
import { domError } from '../dom-error.ts'
import { createItems } from '../sequence.ts'
import { bufferOf, viewMaker } from './leaves.ts'
import { findMover } from './platform.ts'

export interface Transfer {
  /** For what is to be moved itself; undefined for all others. */
  readonly standInForMoved: (value: object) => object | undefined
  /** For a view of a buffer that is to be moved; undefined for all others. */
  readonly standInForView: (value: object, kind: string) => object | undefined
  /** Puts a member into a copied object. */
  readonly place: (target: object, key: PropertyKey, copy: unknown) => void
  readonly fillMap: (map: Map<unknown, unknown>, keysAndValues: readonly unknown[]) => void
  readonly fillSet: (set: Set<unknown>, values: readonly unknown[]) => void
  /** Moves what is to be moved, and puts it in its places and into the list. Returns the whole copy. */
  readonly finish: (copy: unknown) => unknown
}

interface Item {
  readonly value: object
  readonly move: () => object
}

interface StandIn {
  readonly value: object
  readonly make: (moved: object) => object
  made: object | undefined
}

/** @param list what the guest wants moved, and in the end what it has become. */
export function createTransfer(list: unknown[]): Transfer {
  /** What each becomes, null until it is moved. */
  const moved = new MapIntrinsic<object, object | null>()
  const items = readTransferList(list, moved)
  const hasNone = items.length === 0
  const standIns = new MapIntrinsic<object, StandIn>()
  const waiting = createItems<() => void>()

  function isStandIn(value: unknown): boolean {
    return isObject(value) && mapHas(standIns, value)
  }

  function resolve(value: unknown): unknown {
    const standIn = isObject(value) ? mapGet(standIns, value) : undefined
    if (standIn === undefined) return value
    const { value: original, make } = standIn
    standIn.made ??= make(mapGet(moved, original) as object)
    return standIn.made
  }

  function createStandIn(value: object, make: StandIn['make']): object {
    const marker = { __proto__: null }
    mapSet(standIns, marker, { __proto__: null, value, make, made: undefined } as StandIn)
    return marker
  }

  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    standInForMoved(value) {
      return hasNone || !mapHas(moved, value) ? undefined : createStandIn(value, (made) => made)
    },
    standInForView(value, kind) {
      if (hasNone || (kind !== 'TypedArray' && kind !== 'DataView')) return undefined
      const buffer = bufferOf(value, kind)
      return mapHas(moved, buffer) ? createStandIn(buffer, viewMaker(value, kind) as StandIn['make']) : undefined
    },
    place(target, key, copy) {
      defineValue(target, key, copy)
      if (!hasNone && isStandIn(copy)) waiting[waiting.length] = () => defineValue(target, key, resolve(copy))
    },
    fillMap(map, keysAndValues) {
      const fill = (): void => {
        for (let index = 0; index < keysAndValues.length; index += 2) {
          mapSet(map, resolve(keysAndValues[index]), resolve(keysAndValues[index + 1]))
        }
      }
      if (hasNone) fill()
      else waiting[waiting.length] = fill
    },
    fillSet(set, values) {
      const fill = (): void => {
        for (let index = 0; index < values.length; index++) setAdd(set, resolve(values[index]))
      }
      if (hasNone) fill()
      else waiting[waiting.length] = fill
    },
    finish(copy) {
      moveAll(items, moved, list)
      for (let index = 0; index < waiting.length; index++) {
        const put = waiting[index] as () => void
        put()
      }
      return resolve(copy)
    },
  }
}

function readTransferList(list: readonly unknown[], moved: Map<object, object | null>): readonly Item[] {
  const items = createItems<Item>()
  for (let index = 0; index < list.length; index++) {
    const value = list[index]
    const move = isObject(value) ? moverOf(value) : undefined
    if (!isObject(value) || move === undefined) {
      throw domError('DataCloneError', `The value at ${index} of the transfer list cannot be moved.`)
    }
    if (mapHas(moved, value)) throw domError('DataCloneError', `The transfer list has the value at ${index} twice.`)
    mapSet(moved, value, null)
    items[items.length] = { __proto__: null, value, move } as Item
  }
  return items
}

function moverOf(value: object): (() => object) | undefined {
  if (!isBuffer(value)) return findMover(value)
  checkAttached(value)
  return () => arrayBufferTransfer(value)
}

/** Copying may have run code of the guest that has moved buffers already. */
function moveAll(items: readonly Item[], moved: Map<object, object | null>, list: unknown[]): void {
  for (let index = 0; index < items.length; index++) {
    const { value } = items[index] as Item
    if (isBuffer(value)) checkAttached(value)
  }
  for (let index = 0; index < items.length; index++) {
    const { value, move } = items[index] as Item
    const result = move()
    mapSet(moved, value, result)
    list[index] = result
  }
}

function checkAttached(buffer: ArrayBuffer): void {
  if (arrayBufferDetached(buffer)) throw domError('DataCloneError', 'A detached ArrayBuffer cannot be moved.')
}
