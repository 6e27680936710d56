// Globals that are made when they are first read. Until then each is an accessor; a guest that assigns to one before, or
// defines it, has its own, and ours is never made.
import {
  defineProperty,
  getGlobal,
  getOwnPropertyDescriptor,
  installGlobal,
  isObject,
  objectKeys,
  setPrototypeOf,
} from '../intrinsics.ts'

/** Makes the globals of one group, by name. Called again when it has thrown, as at the end of the stack. */
export type LoadGlobals = () => object

/** @param names which globals the group has. */
export function installLazyGlobals(names: readonly string[], load: LoadGlobals): void {
  setPrototypeOf(names, null)
  let made: object | undefined
  const getters = { __proto__: null } as unknown as Record<string, unknown>

  function settle(): object {
    made ??= load()
    const pending = objectKeys(getters)
    for (let index = 0; index < pending.length; index++) {
      const name = pending[index] as string
      const found = getOwnPropertyDescriptor(getGlobal(), name)
      if (found !== undefined && found.get === getters[name]) installGlobal(name, made[name as keyof object])
      delete getters[name]
    }
    return made
  }

  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    const accessor = {
      __proto__: null,
      get: () => settle()[name as keyof object],
      set(this: unknown, value: unknown) {
        const target = isObject(this) ? this : getGlobal()
        // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
        defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true })
      },
      enumerable: false,
      configurable: true,
    }
    getters[name] = accessor.get
    defineProperty(getGlobal(), name, accessor)
  }
}
