// What structuredClone makes of objects of the web globals: each group says so when it is loaded.
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
