// Reads the members of an object that a guest passes, as Web IDL converts a record.
import { getOwnPropertyDescriptor, mapGet, MapIntrinsic, mapSet, ownKeys } from '../intrinsics.ts'
import { createItems } from './sequence.ts'

export interface Member {
  readonly name: string
  value: string
}

/** In the order of the keys. Two keys that become the same name are one member, in the place of the first. */
export function readRecord(
  init: object,
  toName: (key: unknown) => string,
  toValue: (value: unknown) => string,
): Member[] {
  const list = createItems<Member>()
  const places = new MapIntrinsic<string, Member>()
  const keys = ownKeys(init)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as keyof object
    const descriptor = getOwnPropertyDescriptor(init, key)
    if (descriptor === undefined || descriptor.enumerable !== true) continue
    const name = toName(key)
    const value = toValue(init[key])
    const known = mapGet(places, name)
    if (known !== undefined) known.value = value
    else {
      const member = { __proto__: null, name, value } as Member
      mapSet(places, name, member)
      list[list.length] = member
    }
  }
  return list
}
