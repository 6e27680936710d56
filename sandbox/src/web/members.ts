// Remembers the attributes of an interface for the console, before any guest has seen the class.
import { getOwnPropertyDescriptor, objectHasOwn, ownKeys } from '../intrinsics.ts'
import { setMembers } from './platform-objects.ts'
import type { Members } from './platform-objects.ts'
import { createItems } from './sequence.ts'

export function rememberMembers(prototype: object): void {
  const names = createItems<string>()
  const getters = createItems<unknown>()
  const keys = ownKeys(prototype)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as PropertyKey
    const descriptor = getOwnPropertyDescriptor(prototype, key)
    if (typeof key !== 'string' || descriptor === undefined || !objectHasOwn(descriptor, 'get')) continue
    names[names.length] = key
    getters[getters.length] = descriptor.get
  }
  setMembers(prototype, { __proto__: null, names, getters, list: undefined } as Members)
}
