// Objects of the web globals, of which each group says what becomes of them.
import { platformKinds } from '../platform-objects.ts'
import type { PlatformKind } from '../platform-objects.ts'

/** A copy; `null` for an object that cannot be copied; undefined for what is no such object. */
export function clonePlatformObject(value: object): object | null | undefined {
  for (let index = 0; index < platformKinds.length; index++) {
    const { clone } = platformKinds[index] as PlatformKind
    const copy = clone(value)
    if (copy !== undefined) return copy
  }
  return undefined
}

/** What moves it, once; undefined for what cannot be transferred. Throws a DataCloneError for what cannot be any more. */
export function findMover(value: object): (() => object) | undefined {
  for (let index = 0; index < platformKinds.length; index++) {
    const { findMover: find } = platformKinds[index] as PlatformKind
    const mover = find?.(value)
    if (mover !== undefined) return mover
  }
  return undefined
}
