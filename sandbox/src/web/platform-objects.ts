// What structuredClone and the console make of objects of the web globals: each group says so when it is loaded.
import { setPrototypeOf } from '../intrinsics.ts'

/** A copy; `null` for an object that cannot be copied; undefined for an object of another kind. Runs no guest code. */
export type ClonePlatformObject = (value: object) => object | null | undefined

/**
 * What gives an object of the kind to its receiver, as another one, and can be asked once; undefined for an object of another
 * kind. Either throws a DataCloneError for one that cannot be given away any more.
 */
export type FindMover = (value: object) => (() => object) | undefined

interface Kind {
  readonly clone: ClonePlatformObject
  readonly find: FindMover | undefined
}

const known: Kind[] = []
setPrototypeOf(known, null)

/** @param find for kinds that can be transferred. */
export function addPlatformObjects(clone: ClonePlatformObject, find?: FindMover): void {
  for (let index = 0; index < known.length; index++) if ((known[index] as Kind).clone === clone) return
  known[known.length] = { __proto__: null, clone, find } as Kind
}

export function clonePlatformObject(value: object): object | null | undefined {
  for (let index = 0; index < known.length; index++) {
    const { clone } = known[index] as Kind
    const copy = clone(value)
    if (copy !== undefined) return copy
  }
  return undefined
}

export function findMover(value: object): (() => object) | undefined {
  for (let index = 0; index < known.length; index++) {
    const { find } = known[index] as Kind
    const mover = find?.(value)
    if (mover !== undefined) return mover
  }
  return undefined
}

/** What the instances of a class have to show, by functions that no guest can have replaced. */
export interface Members {
  /** Names of attributes, and the getter of each at the same place. */
  readonly names: readonly string[]
  readonly getters: readonly unknown[]
  /** Pairs of names and values, one after the other, of a class that is a list of these; undefined for what is no instance. */
  list: ((value: object) => readonly unknown[]) | undefined
}

/** `byPrototype` is made with the first of them: what is there from the start costs each isolate time. */
export const knownMembers = { __proto__: null, byPrototype: undefined } as {
  byPrototype: WeakMap<object, Members> | undefined
}
