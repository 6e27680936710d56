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
  objectKeys,
  weakSetAdd,
  weakSetHas,
  WeakSetIntrinsic,
} from '../intrinsics.ts'
import { noteUse } from './used-tier.ts'

/** The getters of all of them. */
const getters = new WeakSetIntrinsic()

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
  const accessor = {
    __proto__: null,
    get: () => read(name, load),
    set(this: unknown, value: unknown) {
      const target = isObject(this) ? this : getGlobal()
      // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
      defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true })
    },
    enumerable: false,
    configurable: true,
  }
  weakSetAdd(getters, accessor.get)
  installedGlobals[name] = accessor.get
  defineProperty(getGlobal(), name, accessor)
}

/** Puts the globals of a group into the places of their accessors, unless something else is there by now. */
function read(name: string, load: Load): unknown {
  noteUse(name)
  const made = load(name)
  const names = objectKeys(made)
  for (let index = 0; index < names.length; index++) {
    const each = names[index] as string
    const get = getOwnPropertyDescriptor(getGlobal(), each)?.get
    if (get !== undefined && weakSetHas(getters, get)) installGlobal(each, made[each as keyof object])
  }
  return made[name as keyof object]
}
