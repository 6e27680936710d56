// process.env: the variables of the code, and nothing else of a process. Values are texts, whatever is assigned.
import {
  defineValue,
  getOwnPropertyDescriptor,
  jsonParse,
  objectHasOwn,
  objectKeys,
  ProxyIntrinsic,
  TypeErrorIntrinsic,
} from '../intrinsics.ts'
import { toDomString } from './convert.ts'
import { readEnvironment } from './host.ts'

export function createProcessGlobals(): object {
  const variables = {}
  const text = readEnvironment()
  if (text !== '') {
    const given = jsonParse(text) as object
    const names = objectKeys(given)
    for (let index = 0; index < names.length; index++) {
      const name = names[index] as string
      defineValue(variables, name, getOwnPropertyDescriptor(given, name)?.value)
    }
  }
  return { __proto__: null, process: { env: new ProxyIntrinsic(variables, TRAPS) } }
}

const TRAPS = {
  __proto__: null,
  set(target: object, name: PropertyKey, value: unknown): boolean {
    setVariable(target, name, value)
    return true
  },
  defineProperty(target: object, name: PropertyKey, descriptor: PropertyDescriptor): boolean {
    if (!objectHasOwn(descriptor, 'value')) throw new TypeErrorIntrinsic('process.env: a variable has a value')
    setVariable(target, name, descriptor.value)
    return true
  },
}

function setVariable(target: object, name: PropertyKey, value: unknown): void {
  if (typeof name === 'symbol') throw new TypeErrorIntrinsic('process.env: the name of a variable must be text')
  defineValue(target, name, toDomString(value))
}
