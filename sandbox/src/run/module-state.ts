// What a deployed module leaves behind when it has been evaluated: its exports, kept instances, the built-ins as they are then.
import {
  arrayAppend,
  arrayPrototype,
  builtInNames,
  functionPrototypes,
  getOwnPropertyDescriptor,
  mapEntries,
  mapGet,
  mapHas,
  MapIntrinsic,
  mapIteratorNext,
  mapSet,
  objectPrototype,
  ownKeys,
} from '../intrinsics.ts'
import { bundleExports } from './bundle-exports.ts'

export interface ModuleState {
  /** @param namespace of an ES module; a script's exports are in a global variable. Returns where names are looked up. */
  readonly loaded: (namespace: object | undefined) => object
  /** Whether there is an instance of the class of that name already: then nobody looks for the class any more. */
  readonly isMade: (name: string) => boolean
  /** The one instance of a class that serves every call, made by the first that gets that far. */
  readonly instanceOf: (name: string, create: () => object | undefined) => object | undefined
  /** The name of a built-in whose members are not what they were; looks at one built-in for each time that it is asked. */
  readonly findChange: () => string | undefined
}

interface Watched {
  readonly name: string
  readonly target: object
  readonly keys: readonly PropertyKey[]
  readonly values: readonly unknown[]
}

/** @param onInstance told when an instance has been made. */
export function createModuleState(onInstance: () => void): ModuleState {
  const instances = new MapIntrinsic<string, object>()
  let watched: Watched[] = []
  let next = 0

  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    loaded(namespace) {
      watched = watchBuiltIns()
      return namespace ?? bundleExports()
    },
    isMade: (name) => mapHas(instances, name),
    instanceOf(name, create) {
      const known = mapGet(instances, name)
      if (known !== undefined) return known
      const made = create()
      if (made === undefined) return undefined
      mapSet(instances, name, made)
      onInstance()
      return made
    },
    findChange() {
      const one = watched[next]
      if (one === undefined) return undefined
      next = next + 1 < watched.length ? next + 1 : 0
      return isUnchanged(one) ? undefined : one.name
    },
  }
}

/** The prototypes of the language's classes, as they are when a module has done to them what it needs. */
function watchBuiltIns(): Watched[] {
  const watched: Watched[] = []
  const watch = (target: object, name: string): void => {
    const keys = ownKeys(target)
    const values: unknown[] = []
    for (let index = 0; index < keys.length; index++) arrayAppend(values, valueOf(target, keys[index] as PropertyKey))
    arrayAppend(watched, { __proto__: null, name, target, keys, values } as Watched)
  }
  watch(objectPrototype, 'Object')
  watch(arrayPrototype, 'Array')
  watch(functionPrototypes.plain, 'Function')
  const entries = mapEntries(builtInNames)
  for (;;) {
    const step = mapIteratorNext(entries)
    if (step.done) return watched
    const entry = step.value as { readonly 0: object; readonly 1: string }
    watch(entry[0], entry[1])
  }
}

function isUnchanged({ target, keys, values }: Watched): boolean {
  if (ownKeys(target).length !== keys.length) return false
  for (let index = 0; index < keys.length; index++) {
    if (valueOf(target, keys[index] as PropertyKey) !== values[index]) return false
  }
  return true
}

/** A member, or the getter of one: read as it is, without asking it anything. */
function valueOf(target: object, key: PropertyKey): unknown {
  const descriptor = getOwnPropertyDescriptor(target, key)
  if (descriptor === undefined) return undefined
  return 'value' in descriptor ? descriptor.value : descriptor.get
}
