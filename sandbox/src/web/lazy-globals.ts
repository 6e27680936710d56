// Globals that are made when they are first read. Until then each is an accessor; a guest that assigns to one before, or
// defines it, has its own, and ours is never made. What is here is in every isolate, where each object costs time.
import {
  defineProperty,
  getGlobal,
  getOwnPropertyDescriptor,
  installGlobal,
  isObject,
  weakSetAdd,
  weakSetHas,
  WeakSetIntrinsic,
} from '../intrinsics.ts'

/** The getters of all of them. */
const getters = new WeakSetIntrinsic()

/**
 * @param names which globals the group has.
 * @param load makes them, by name. Called again when it has thrown, as at the end of the stack.
 */
export function installLazyGlobals(names: readonly string[], load: () => object): void {
  let made: object | undefined

  function read(name: string): unknown {
    const all = (made ??= load())
    for (let index = 0; index < names.length; index++) settle(names[index] as string, all)
    return all[name as keyof object]
  }

  for (let index = 0; index < names.length; index++) installAccessor(names[index] as string, read)
}

function installAccessor(name: string, read: (name: string) => unknown): void {
  const accessor = {
    __proto__: null,
    get: () => read(name),
    set(this: unknown, value: unknown) {
      const target = isObject(this) ? this : getGlobal()
      // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
      defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true })
    },
    enumerable: false,
    configurable: true,
  }
  weakSetAdd(getters, accessor.get)
  defineProperty(getGlobal(), name, accessor)
}

/** Puts a global into the place of its accessor, unless something else is there by now. */
function settle(name: string, made: object): void {
  const get = getOwnPropertyDescriptor(getGlobal(), name)?.get
  if (get !== undefined && weakSetHas(getters, get)) installGlobal(name, made[name as keyof object])
}
