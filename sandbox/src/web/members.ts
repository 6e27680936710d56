// Remembers the attributes of an interface for the console, before any guest has seen the class.
import {
  getOwnPropertyDescriptor,
  objectHasOwn,
  ownKeys,
  weakMapGet,
  WeakMapIntrinsic,
  weakMapSet,
} from '../intrinsics.ts'
import { knownMembers } from './platform-objects.ts'
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
  const members = { __proto__: null, names, getters, list: undefined } as Members
  weakMapSet((knownMembers.byPrototype ??= new WeakMapIntrinsic<object, Members>()), prototype, members)
}

export function membersOf(prototype: object): Members | undefined {
  const { byPrototype } = knownMembers
  return byPrototype === undefined ? undefined : weakMapGet(byPrototype, prototype)
}
