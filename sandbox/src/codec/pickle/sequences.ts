// Makes and fills lists, tuples and sets.
import {
  arrayPrototype,
  defineValue,
  getPrototypeOf,
  isArray,
  objectHasOwn,
  objectPrototype,
  SetIntrinsic,
  setAdd,
  setHas,
} from '../../intrinsics.ts'
import { decodeError } from '../codec-error.ts'
import { checkKey } from './dicts.ts'
import { deepest, depthAround } from './machine.ts'
import type { Machine } from './machine.ts'
import { mark, markTuple, TYPE } from './marks.ts'
import { checkData, createToken } from './tokens.ts'

const setPrototype = SetIntrinsic.prototype

/** Appends what stands on the stack from `from` to `to` to the list at `slot`. */
export function appendItems(machine: Machine, slot: number, from: number, to: number): void {
  const { stack, depths } = machine
  const list = stack[slot]
  if (!isArray(list) || objectHasOwn(list, TYPE)) throw decodeError('APPENDS needs a list')
  const depth = depthAround(deepest(machine, from, to))
  if (depth > (depths[slot] as number)) depths[slot] = depth
  copyItems(stack, from, to, list)
}

/** A new list of what stands on the stack. */
export function createList(stack: readonly unknown[], from: number, to: number): unknown[] {
  const list: unknown[] = []
  copyItems(stack, from, to, list)
  return list
}

/** Array elements are assigned where no prototype can interfere, and defined where one could. */
function copyItems(source: readonly unknown[], from: number, to: number, list: unknown[]): void {
  const isUsual = getPrototypeOf(arrayPrototype) === objectPrototype
  let { length } = list
  for (let index = from; index < to; index += 1, length += 1) {
    const item = source[index]
    if (typeof item === 'function') checkData(item)
    if (isUsual && !(length in arrayPrototype)) list[length] = item
    else defineValue(list, length, item)
  }
}

/** A tuple of what stands on the stack, or a token if there is one in it. */
export function createTuple(stack: readonly unknown[], from: number, to: number): unknown {
  for (let index = from; index < to; index += 1) {
    if (typeof stack[index] === 'function') return createToken({ kind: 'tuple', items: copyTokens(stack, from, to) })
  }
  switch (to - from) {
    case 0:
      return markTuple([])
    case 1:
      return markTuple([stack[from]])
    case 2:
      return markTuple([stack[from], stack[from + 1]])
    case 3:
      return markTuple([stack[from], stack[from + 1], stack[from + 2]])
    default:
      return markTuple(createList(stack, from, to))
  }
}

function copyTokens(stack: readonly unknown[], from: number, to: number): unknown[] {
  const items: unknown[] = []
  for (let index = from; index < to; index += 1) defineValue(items, index - from, stack[index])
  return items
}

/** Adds what stands on the stack to the set at `slot`. */
export function addItems(machine: Machine, slot: number, from: number, to: number): void {
  const { stack, depths } = machine
  const set = stack[slot]
  if (!isSet(set) || objectHasOwn(set, TYPE)) throw decodeError('ADDITEMS needs a set')
  const depth = depthAround(deepest(machine, from, to))
  if (depth > (depths[slot] as number)) depths[slot] = depth
  addAll(set, stack, from, to)
}

export function createFrozenset(items: readonly unknown[], from: number, to: number): Set<unknown> {
  const set = new SetIntrinsic<unknown>()
  addAll(set, items, from, to)
  return mark(set, 'frozenset')
}

export function addAll(set: Set<unknown>, items: readonly unknown[], from: number, to: number): void {
  for (let index = from; index < to; index += 1) {
    const item = items[index]
    checkKey(item)
    if (item !== item && setHas(set, item)) throw decodeError('A set with more than one NaN has no equal here')
    setAdd(set, item)
  }
}

function isSet(value: unknown): value is Set<unknown> {
  return typeof value === 'object' && value !== null && getPrototypeOf(value) === setPrototype
}
