// What structuredClone and the console make of objects of the web globals: each group says so when it is loaded.
import { setPrototypeOf } from '../intrinsics.ts'

/** A copy; `null` for an object that cannot be copied; undefined for an object of another kind. Runs no guest code. */
export type ClonePlatformObject = (value: object) => object | null | undefined

const known: ClonePlatformObject[] = []
setPrototypeOf(known, null)

export function addPlatformObjects(clone: ClonePlatformObject): void {
  for (let index = 0; index < known.length; index++) if (known[index] === clone) return
  known[known.length] = clone
}

export function clonePlatformObject(value: object): object | null | undefined {
  for (let index = 0; index < known.length; index++) {
    const clone = known[index] as ClonePlatformObject
    const copy = clone(value)
    if (copy !== undefined) return copy
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
