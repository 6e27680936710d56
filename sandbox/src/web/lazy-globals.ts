// Globals that are made when they are first read. Until then each is an accessor; a guest that assigns to one before, or
// defines it, has its own, and ours is never made. What is here is in every isolate, where each object costs time.
import {
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

/** The getters of all of them. */
const getters = new WeakSetIntrinsic()

/**
 * @param names of globals.
 * @param load makes all globals of the group that one is of, by name, the first time; the same ones later. When it throws,
 * as at the end of the stack, it is asked again.
 */
export function installLazyGlobals(names: readonly string[], load: (name: string) => object): void {
  for (let index = 0; index < names.length; index++) installAccessor(names[index] as string, load)
}

function installAccessor(name: string, load: (name: string) => object): void {
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
function read(name: string, load: (name: string) => object): unknown {
  const made = load(name)
  const names = objectKeys(made)
  for (let index = 0; index < names.length; index++) {
    const each = names[index] as string
    const get = getOwnPropertyDescriptor(getGlobal(), each)?.get
    if (get !== undefined && weakSetHas(getters, get)) installGlobal(each, made[each as keyof object])
  }
  return made[name as keyof object]
}
