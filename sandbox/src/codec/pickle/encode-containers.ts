// Lists, tuples, dicts and sets. Guest code may run between any two steps, and change what is being read.
import {
  BigIntIntrinsic,
  isInteger,
  isSafeInteger,
  mapEntries,
  mapGet,
  mapHas,
  mapIteratorNext,
  mapSize,
  setHas,
  setIteratorNext,
  setSize,
  setValues,
  toNumber,
} from '../../intrinsics.ts'
import { MAX_DEPTH } from '../bounds.ts'
import { refuse, STEP } from '../path.ts'
import { keysInOrder } from './key-order.ts'
import { isDictMark, markOf } from './marks.ts'
import { markedEncoder } from './rare-encoders.ts'
import { real } from './real-object.ts'
import { memoize, writeByte, writeGet } from './writer.ts'
import type { Writer } from './writer.ts'

/** @param isHashed whether the value, or a tuple that it is in, is a key of a dict or an element of a set. */
export type Save = (writer: Writer, value: unknown, depth: number, isHashed: boolean) => void

/** Members between two opcodes that take them off the unpickler's stack. */
const BATCH = 1_000

const MARK = 0x28
const POP = 0x30
const POP_MARK = 0x31

const TWIN = 'is equal to another key or element in Python, where True is 1 and integers of all sizes are one type'

/** Whether a map or a set has another key that Python takes for the same: it would be lost without a word. */
function hasTwin(key: unknown, has: (twin: unknown) => boolean): boolean {
  if (typeof key === 'boolean') return has(key ? 1 : 0) || has(key ? 1n : 0n)
  if (typeof key !== 'bigint') return false
  const number = toNumber(key)
  return isInteger(number) && BigIntIntrinsic(number) === key && has(number)
}

/** What the value at `depth + 1` is called, for errors about it. */
function step(writer: Writer, depth: number, kind: number, key: unknown): void {
  writer.path.keys[depth] = key
  writer.path.steps[depth] = kind
  writer.depth = depth + 1
}

function checkDepth(writer: Writer, depth: number): void {
  if (depth >= MAX_DEPTH) throw refuse(writer.path, depth, `is nested deeper than ${MAX_DEPTH} levels`)
}

export function saveArray(
  save: Save,
  writer: Writer,
  array: readonly unknown[],
  depth: number,
  isHashed: boolean,
): void {
  checkDepth(writer, depth)
  const type = markOf(array)
  if (type === 'tuple') return saveTuple(save, writer, array, depth, isHashed)
  if (type !== undefined) throw refuse(writer.path, depth, 'has a mark that an array cannot have')
  writeByte(writer, 0x5d) // EMPTY_LIST
  memoize(writer, array)
  const length = lengthOf(writer, array, depth)
  const isSingle = length === 1
  for (let index = 0; index < length; index += 1) {
    if (!isSingle && index % BATCH === 0) writeByte(writer, MARK)
    step(writer, depth, STEP.index, index)
    save(writer, array[index], depth + 1, false)
    if (isSingle) writeByte(writer, 0x61) // APPEND
    else if (index % BATCH === BATCH - 1 || index === length - 1) writeByte(writer, 0x65) // APPENDS
  }
}

function lengthOf(writer: Writer, array: readonly unknown[], depth: number): number {
  const { length } = array
  // Of a proxy it may be anything.
  if (!isSafeInteger(length) || length < 0) throw refuse(writer.path, depth, 'is an array without a length')
  return length
}

/** A tuple is stored after its items; if one of them leads back to it, it has been stored meanwhile. */
function saveTuple(save: Save, writer: Writer, array: readonly unknown[], depth: number, isHashed: boolean): void {
  const length = lengthOf(writer, array, depth)
  if (length === 0) return writeByte(writer, 0x29) // EMPTY_TUPLE
  const isShort = length <= 3
  if (!isShort) writeByte(writer, MARK)
  for (let index = 0; index < length; index += 1) {
    step(writer, depth, STEP.index, index)
    save(writer, array[index], depth + 1, isHashed)
  }
  const stored = mapGet(writer.memo, array)
  if (stored !== undefined) {
    if (isShort) for (let index = 0; index < length; index += 1) writeByte(writer, POP)
    else writeByte(writer, POP_MARK)
    return writeGet(writer, stored)
  }
  writeByte(writer, isShort ? 0x84 + length : 0x74) // TUPLE1, TUPLE2, TUPLE3, TUPLE
  memoize(writer, array)
}

/** An object with its own enumerable string keys; `type` is its mark, if that is one of a dict. */
export function saveMembers(save: Save, writer: Writer, object: object, type: unknown, depth: number): void {
  checkDepth(writer, depth)
  beginDict(writer, object, type, depth)
  const keys = keysInOrder(object)
  const { length } = keys
  const isSingle = length === 1
  for (let index = 0; index < length; index += 1) {
    const key = keys[index] as string
    if (!isSingle && index % BATCH === 0) writeByte(writer, MARK)
    step(writer, depth, STEP.property, key)
    save(writer, key, depth + 1, false)
    save(writer, (object as Readonly<Record<string, unknown>>)[key], depth + 1, false)
    endPair(writer, isSingle, index, index === length - 1)
  }
}

export function saveMap(save: Save, writer: Writer, object: object, depth: number): void {
  checkDepth(writer, depth)
  const type = markOf(object)
  if (type !== undefined && !isDictMark(type)) throw refuse(writer.path, depth, 'has a mark that a map cannot have')
  const map = object as Map<unknown, unknown>
  const isSingle = real(writer, depth, 'Map', () => mapSize(map)) === 1
  beginDict(writer, object, type, depth)
  const iterator = mapEntries(map)
  let index = 0
  for (let next = mapIteratorNext(iterator); !next.done; index += 1) {
    const key = next.value[0]
    if (!isSingle && index % BATCH === 0) writeByte(writer, MARK)
    step(writer, depth, STEP.mapKey, index)
    if (hasTwin(key, (twin) => mapHas(map, twin))) throw refuse(writer.path, depth + 1, TWIN)
    save(writer, key, depth + 1, true)
    step(writer, depth, STEP.mapValue, key)
    save(writer, next.value[1], depth + 1, false)
    // Whether this was the last pair shows only afterwards: reading it may have added one.
    next = mapIteratorNext(iterator)
    endPair(writer, isSingle, index, next.done)
    if (isSingle) return
  }
}

function beginDict(writer: Writer, object: object, type: unknown, depth: number): void {
  if (type === undefined) writeByte(writer, 0x7d) // EMPTY_DICT
  else {
    const { beginDictOfType } = markedEncoder()
    beginDictOfType(writer, type as string, depth)
  }
  memoize(writer, object)
}

function endPair(writer: Writer, isSingle: boolean, index: number, isLast: boolean): void {
  if (isSingle) writeByte(writer, 0x73) // SETITEM
  else if (isLast || index % BATCH === BATCH - 1) writeByte(writer, 0x75) // SETITEMS
}

export function saveSet(save: Save, writer: Writer, object: object, depth: number): void {
  checkDepth(writer, depth)
  const type = markOf(object)
  if (type !== undefined && type !== 'frozenset') throw refuse(writer.path, depth, 'has a mark that a set cannot have')
  const isFrozen = type === 'frozenset'
  const set = object as Set<unknown>
  real(writer, depth, 'Set', () => setSize(set))
  if (isFrozen) writeByte(writer, MARK)
  else {
    writeByte(writer, 0x8f) // EMPTY_SET
    memoize(writer, object)
  }
  const iterator = setValues(set)
  let index = 0
  for (let next = setIteratorNext(iterator); !next.done; index += 1) {
    if (!isFrozen && index % BATCH === 0) writeByte(writer, MARK)
    step(writer, depth, STEP.setElement, index)
    if (hasTwin(next.value, (twin) => setHas(set, twin))) throw refuse(writer.path, depth + 1, TWIN)
    save(writer, next.value, depth + 1, true)
    next = setIteratorNext(iterator)
    if (!isFrozen && (next.done || index % BATCH === BATCH - 1)) writeByte(writer, 0x90) // ADDITEMS
  }
  if (isFrozen) endFrozenset(writer, object)
}

/** Like a tuple: stored after its elements. */
function endFrozenset(writer: Writer, object: object): void {
  const stored = mapGet(writer.memo, object)
  if (stored === undefined) {
    writeByte(writer, 0x91) // FROZENSET
    memoize(writer, object)
  } else {
    writeByte(writer, POP_MARK)
    writeGet(writer, stored)
  }
}
