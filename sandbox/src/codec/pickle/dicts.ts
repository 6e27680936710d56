// Fills dicts: an object while all keys are strings, a map otherwise.
import { defineValue, getPrototypeOf, MapIntrinsic, mapHas, mapSet, objectPrototype } from '../../intrinsics.ts'
import { decodeError } from '../codec-error.ts'
import { unhashableType } from './hashable.ts'
import { createKeyTrackers, indexOfKey, keysInOrder, trackKey } from './key-order.ts'
import { deepest, depthAround, planMap, replaceValue } from './machine.ts'
import type { Machine } from './machine.ts'
import { isDictMark, mark, markOf } from './marks.ts'
import { checkData } from './tokens.ts'

const mapPrototype = MapIntrinsic.prototype

/**
 * Puts the pairs that stand on the stack from `from` to `to` into the dict at `slot`.
 * False if the run is of no use any more, because the dict should have been a map from the beginning.
 */
export function setItems(machine: Machine, slot: number, from: number, to: number): boolean {
  const { stack, depths } = machine
  if ((to - from) % 2 !== 0) throw decodeError('odd number of items for SETITEMS')
  let dict = stack[slot] as object
  let isMap = isMapDict(dict)
  if (!isMap && !isObjectDict(dict)) throw decodeError('SETITEMS needs a dict')
  const depth = depthAround(deepest(machine, from, to))
  if (depth > (depths[slot] as number)) depths[slot] = depth
  if (!isMap && hasOtherKeys(stack, from, to)) {
    const map = toMap(dict)
    if (!replaceValue(machine, slot, map)) return planMap(machine, dict)
    dict = map
    isMap = true
  }
  for (let index = from; index < to; index += 2) {
    const key = stack[index]
    const value = stack[index + 1]
    checkData(value)
    if (isMap) setMapItem(dict as Map<unknown, unknown>, key, value)
    else setMember(machine, dict, key as string, value)
  }
  return true
}

function isMapDict(value: unknown): value is Map<unknown, unknown> {
  return typeof value === 'object' && value !== null && getPrototypeOf(value) === mapPrototype
}

function isObjectDict(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || getPrototypeOf(value) !== objectPrototype) return false
  const type = markOf(value)
  return type === undefined || isDictMark(type)
}

function hasOtherKeys(stack: readonly unknown[], from: number, to: number): boolean {
  for (let index = from; index < to; index += 2) {
    if (typeof stack[index] !== 'string') return true
  }
  return false
}

function toMap(dict: object): Map<unknown, unknown> {
  const map = new MapIntrinsic<unknown, unknown>()
  const type = markOf(dict)
  if (type !== undefined) mark(map, type as string)
  const keys = keysInOrder(dict)
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string
    mapSet(map, key, (dict as Readonly<Record<string, unknown>>)[key])
  }
  return map
}

/** Sets a member without asking a prototype; the order of keys is kept elsewhere when the object cannot keep it. */
function setMember(machine: Machine, object: object, key: string, value: unknown): void {
  const index = indexOfKey(key)
  if (index !== -1) machine.trackers ??= createKeyTrackers()
  if (machine.trackers !== null) trackKey(machine.trackers, object, key, index)
  if (key in objectPrototype) defineValue(object, key, value)
  else (object as Record<string, unknown>)[key] = value
}

function setMapItem(map: Map<unknown, unknown>, key: unknown, value: unknown): void {
  checkKey(key)
  if (key !== key && mapHas(map, key))
    throw decodeError('A dict with more than one NaN among its keys has no equal here')
  mapSet(map, key, value)
}

/** What a key of a dict or an element of a set must be. */
export function checkKey(key: unknown): void {
  if (typeof key === 'string' || typeof key === 'number') return
  checkData(key)
  const type = unhashableType(key)
  if (type !== null) throw decodeError(`unhashable type: '${type}'`)
}
