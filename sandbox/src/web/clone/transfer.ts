// The buffers that structuredClone moves instead of copying. They are moved once everything else is copied, so that an
// error on the way leaves them where they are; until then, something else stands in the copy for them and for their views.
import {
  arrayBufferDetached,
  arrayBufferTransfer,
  defineValue,
  isObject,
  mapEntries,
  mapGet,
  mapHas,
  MapIntrinsic,
  mapIteratorNext,
  mapSet,
  mapSize,
  setAdd,
} from '../../intrinsics.ts'
import { isBuffer } from '../bytes.ts'
import { domError } from '../dom-error.ts'
import { createItems } from '../sequence.ts'
import { bufferOf, viewMaker } from './leaves.ts'

export interface Transfer {
  /** For a buffer that is to be moved, and for a view of one; undefined for all others. */
  readonly standInFor: (value: object, kind: string) => object | undefined
  /** Puts a member into a copied object. */
  readonly place: (target: object, key: PropertyKey, copy: unknown) => void
  readonly fillMap: (map: Map<unknown, unknown>, keysAndValues: readonly unknown[]) => void
  readonly fillSet: (set: Set<unknown>, values: readonly unknown[]) => void
  /** Moves the buffers and puts them in their places. Returns the whole copy. */
  readonly finish: (copy: unknown) => unknown
}

interface StandIn {
  readonly buffer: ArrayBuffer
  readonly make: (moved: ArrayBuffer) => object
  made: object | undefined
}

/** @param list what the guest wants moved. */
export function createTransfer(list: readonly unknown[]): Transfer {
  const moved = readTransferList(list)
  const standIns = new MapIntrinsic<object, StandIn>()
  const waiting = createItems<() => void>()

  function isStandIn(value: unknown): boolean {
    return isObject(value) && mapHas(standIns, value)
  }

  function resolve(value: unknown): unknown {
    const standIn = isObject(value) ? mapGet(standIns, value) : undefined
    if (standIn === undefined) return value
    const { buffer, make } = standIn
    standIn.made ??= make(mapGet(moved, buffer) as ArrayBuffer)
    return standIn.made
  }

  function createStandIn(buffer: ArrayBuffer, make: StandIn['make']): object {
    const marker = { __proto__: null }
    mapSet(standIns, marker, { __proto__: null, buffer, make, made: undefined } as StandIn)
    return marker
  }

  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    standInFor(value, kind) {
      if (mapSize(moved) === 0) return undefined
      if (kind === 'ArrayBuffer') {
        return mapHas(moved, value as ArrayBuffer) ? createStandIn(value as ArrayBuffer, (buffer) => buffer) : undefined
      }
      if (kind !== 'TypedArray' && kind !== 'DataView') return undefined
      const buffer = bufferOf(value, kind)
      return mapHas(moved, buffer) ? createStandIn(buffer, viewMaker(value, kind)) : undefined
    },
    place(target, key, copy) {
      defineValue(target, key, copy)
      if (isStandIn(copy)) waiting[waiting.length] = () => defineValue(target, key, resolve(copy))
    },
    fillMap(map, keysAndValues) {
      const fill = (): void => {
        for (let index = 0; index < keysAndValues.length; index += 2) {
          mapSet(map, resolve(keysAndValues[index]), resolve(keysAndValues[index + 1]))
        }
      }
      if (mapSize(moved) === 0) fill()
      else waiting[waiting.length] = fill
    },
    fillSet(set, values) {
      const fill = (): void => {
        for (let index = 0; index < values.length; index++) setAdd(set, resolve(values[index]))
      }
      if (mapSize(moved) === 0) fill()
      else waiting[waiting.length] = fill
    },
    finish(copy) {
      moveAll(moved)
      for (let index = 0; index < waiting.length; index++) {
        const put = waiting[index] as () => void
        put()
      }
      return resolve(copy)
    },
  }
}

type Moved = Map<ArrayBuffer, ArrayBuffer | null>

function readTransferList(list: readonly unknown[]): Moved {
  const moved: Moved = new MapIntrinsic()
  for (let index = 0; index < list.length; index++) {
    const item = list[index]
    if (!isBuffer(item)) throw domError('DataCloneError', `The value at ${index} of the transfer list cannot be moved.`)
    if (mapHas(moved, item)) throw domError('DataCloneError', `The transfer list has the buffer at ${index} twice.`)
    checkAttached(item)
    mapSet(moved, item, null)
  }
  return moved
}

/** Copying may have run code of the guest that has moved them already. */
function moveAll(moved: Moved): void {
  const check = mapEntries(moved)
  for (let step = mapIteratorNext(check); !step.done; step = mapIteratorNext(check)) {
    checkAttached((step.value as { readonly 0: ArrayBuffer })[0])
  }
  const entries = mapEntries(moved)
  for (let step = mapIteratorNext(entries); !step.done; step = mapIteratorNext(entries)) {
    const buffer = (step.value as { readonly 0: ArrayBuffer })[0]
    mapSet(moved, buffer, arrayBufferTransfer(buffer))
  }
}

function checkAttached(buffer: ArrayBuffer): void {
  if (arrayBufferDetached(buffer)) throw domError('DataCloneError', 'A detached ArrayBuffer cannot be moved.')
}
