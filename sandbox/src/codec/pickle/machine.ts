// The state of one run of the pickle machine, and the rules of its stack and memo.
import { MapIntrinsic, mapGet, mapSet, SetIntrinsic, setAdd, setHas, setPrototypeOf } from '../../intrinsics.ts'
import { MAX_DEPTH, MAX_MEMO_ENTRIES } from '../bounds.ts'
import { decodeError } from '../codec-error.ts'
import type { KeyTrackers } from './key-order.ts'

/**
 * A dict becomes an object or a map as soon as its first keys are known. One with other keys than strings that is referred to
 * before that (a cycle) needs a second run, for which this plan notes where such dicts begin.
 */
export interface Plan {
  /** Where in the pickle the opcode is that made a dict. */
  readonly origins: Map<object, number>
  readonly maps: Set<number>
  isComplete: boolean
}

/**
 * An ordinary object for the sake of speed: all its properties are its own from the start, so no prototype is ever asked.
 * The lists have no prototypes.
 */
export interface Machine {
  readonly stack: unknown[]
  /** Containers inside containers, of each value on the stack. */
  readonly depths: number[]
  /** Under which index of the memo a value on the stack was stored last; true only while the memo holds that value. */
  readonly puts: number[]
  readonly memo: unknown[]
  readonly memoDepths: number[]
  /** Whether an entry of the memo has been read: then there are references to it. */
  readonly wasRead: boolean[]
  memoCount: number
  /** Whether some value was put on the stack twice without the memo. */
  isDuplicated: boolean
  readonly plan: Plan | null
  needsPlan: boolean
  trackers: KeyTrackers | null
}

export function createMachine(plan: Plan | null): Machine {
  return {
    stack: createStack(),
    depths: createStack(),
    puts: createStack(),
    memo: createStack(),
    memoDepths: createStack(),
    wasRead: createStack(),
    memoCount: 0,
    isDuplicated: false,
    plan,
    needsPlan: false,
    trackers: null,
  }
}

export function createPlan(maps: Set<number> = new SetIntrinsic()): Plan {
  return { origins: new MapIntrinsic(), maps, isComplete: true }
}

/** A list of our own, which asks no prototype when it grows. */
export function createStack<Item>(): Item[] {
  const list: Item[] = []
  setPrototypeOf(list, null)
  return list
}

/** An empty dict, made by the opcode that ends at `origin`. */
export function createDict(machine: Machine, origin: number): object {
  const { plan } = machine
  if (plan === null) return {}
  const dict = setHas(plan.maps, origin) ? new MapIntrinsic() : {}
  mapSet(plan.origins, dict, origin)
  return dict
}

/** Notes that a dict must be a map from the beginning of the next run. False if this run is of no use any more. */
export function planMap(machine: Machine, dict: object): boolean {
  const { plan } = machine
  if (plan === null) {
    machine.needsPlan = true
    return false
  }
  setAdd(plan.maps, mapGet(plan.origins, dict) as number)
  plan.isComplete = false
  return true
}

/** Stores the value at `slot` of the stack. */
export function putMemo(machine: Machine, index: number, slot: number): void {
  const { memo, memoDepths, puts, stack } = machine
  if (index >= MAX_MEMO_ENTRIES || machine.memoCount >= MAX_MEMO_ENTRIES) {
    throw decodeError(`The memo has entry ${index}; the limit is ${MAX_MEMO_ENTRIES} entries`)
  }
  if (typeof stack[slot] === 'object' && isPut(machine, slot)) machine.isDuplicated = true
  if (memo[index] === undefined) machine.memoCount += 1
  memo[index] = stack[slot]
  memoDepths[index] = machine.depths[slot] as number
  puts[slot] = index
  machine.wasRead[index] = false
}

export function getMemo(machine: Machine, index: number): unknown {
  const value = machine.memo[index]
  if (value === undefined) throw decodeError(`Memo value not found at index ${index}`)
  machine.wasRead[index] = true
  return value
}

function isPut({ memo, puts, stack }: Machine, slot: number): boolean {
  const index = puts[slot]
  return index !== undefined && memo[index] === stack[slot]
}

/** Puts another value in the place of one that is not complete. False if there are more references to that one. */
export function replaceValue(machine: Machine, slot: number, value: unknown): boolean {
  if (machine.isDuplicated) return false
  if (isPut(machine, slot)) {
    const index = machine.puts[slot] as number
    if (machine.wasRead[index] === true) return false
    machine.memo[index] = value
  }
  machine.stack[slot] = value
  return true
}

/** The depth of a container whose deepest member has `depth`. */
export function depthAround(depth: number): number {
  if (depth >= MAX_DEPTH) throw decodeError(`The value is nested ${depth + 1} levels deep; the limit is ${MAX_DEPTH}`)
  return depth + 1
}

/** The greatest depth on the stack from `from` to `to`. */
export function deepest({ depths }: Machine, from: number, to: number): number {
  let depth = 0
  for (let index = from; index < to; index += 1) {
    if ((depths[index] as number) > depth) depth = depths[index] as number
  }
  return depth
}
