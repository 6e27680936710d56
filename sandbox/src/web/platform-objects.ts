// What structuredClone and the console make of objects of the web globals: each group says so when it is loaded.
import { setPrototypeOf } from '../intrinsics.ts'

export interface PlatformKind {
  /** A copy; `null` for an object that cannot be copied; undefined for an object of another kind. Runs no guest code. */
  readonly clone: (value: object) => object | null | undefined
  /**
   * What gives an object of the kind to its receiver, as another one, and can be asked once; undefined for an object of
   * another kind. Either throws a DataCloneError for one that cannot be given away any more.
   */
  readonly findMover: ((value: object) => (() => object) | undefined) | undefined
}

export const platformKinds: PlatformKind[] = []
setPrototypeOf(platformKinds, null)

/** @param findMover for kinds that can be transferred. */
export function addPlatformObjects(clone: PlatformKind['clone'], findMover?: PlatformKind['findMover']): void {
  for (let index = 0; index < platformKinds.length; index++) {
    if ((platformKinds[index] as PlatformKind).clone === clone) return
  }
  platformKinds[platformKinds.length] = { __proto__: null, clone, findMover } as PlatformKind
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
