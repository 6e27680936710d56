// Globals that are made when they are first read. Until then each is an accessor; a guest that assigns to one before, or
// defines it, has its own, and ours is never made. What is here is in every isolate, where each object costs time.
import {
  arrayAppend,
  defineProperty,
  getGlobal,
  getOwnPropertyDescriptor,
  installedGlobals,
  installGlobal,
  isObject,
  objectHasOwn,
  objectKeys,
} from '../intrinsics.ts'
import { noteUse } from './used-tier.ts'

type Load = (name: string) => object

interface Installed {
  readonly names: readonly string[]
  readonly load: Load
}

/** Only while a snapshot is made. */
let installed: Installed[] | undefined = []

/**
 * Makes what these globals are, for all isolates of the snapshot that is being made; they stay accessors until they are
 * read. To be called once for each snapshot.
 */
export function preloadGlobals(names: readonly string[]): void {
  const all = installed ?? []
  installed = undefined
  for (let each = 0; each < names.length; each++) {
    const name = names[each] as string
    for (let index = 0; index < all.length; index++) {
      const { names: own, load } = all[index] as Installed
      for (let at = 0; at < own.length; at++) if (own[at] === name) load(name)
    }
  }
}

/**
 * @param names of globals.
 * @param load makes all globals of the group that one is of, by name, the first time; the same ones later. When it throws,
 * as at the end of the stack, it is asked again.
 */
export function installLazyGlobals(names: readonly string[], load: Load): void {
  if (installed !== undefined) arrayAppend(installed, { __proto__: null, names, load } as Installed)
  for (let index = 0; index < names.length; index++) installAccessor(names[index] as string, load)
}

function installAccessor(name: string, load: Load): void {
  // Getter and setter are one function, since each function costs where the isolate starts: a setter is given a value.
  const access = function access(this: unknown, ...given: unknown[]): unknown {
    if (given.length === 0) return read(name, load)
    const target = isObject(this) ? this : getGlobal()
    const { 0: value } = given
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true })
    return undefined
  }
  installedGlobals[name] = access
  const accessor = { __proto__: null, get: access, set: access, enumerable: false, configurable: true }
  defineProperty(getGlobal(), name, accessor)
}

/** Puts the globals of a group into the places of their accessors, unless something else is there by now. */
function read(name: string, load: Load): unknown {
  noteUse(name)
  const made = load(name)
  const names = objectKeys(made)
  for (let index = 0; index < names.length; index++) {
    const each = names[index] as string
    const descriptor = getOwnPropertyDescriptor(getGlobal(), each)
    const isOurs =
      descriptor !== undefined && objectHasOwn(descriptor, 'get') && descriptor.get === installedGlobals[each]
    if (isOurs) installGlobal(each, made[each as keyof object])
  }
  return made[name as keyof object]
}
