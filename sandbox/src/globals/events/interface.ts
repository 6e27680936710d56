// What WebIDL asks of the classes of a standard that a plain class does not have.
import {
  defineProperty,
  getOwnPropertyDescriptor,
  isObject,
  nameFunction,
  objectKeys,
  ownKeys,
  symbolToStringTag,
  toText,
  TypeErrorIntrinsic,
} from '../../intrinsics.ts'
import { rememberMembers } from '../../web/members.ts'

/** Members are enumerable, and the class has its name, whatever the bundle made of that. */
export function finishInterface(constructor: { readonly prototype: object }, name: string): void {
  const { prototype } = constructor
  nameFunction(constructor, name)
  exposeMembers(prototype)
  exposeMembers(constructor)
  defineProperty(prototype, symbolToStringTag, {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    value: name,
    configurable: true,
  })
  rememberMembers(prototype)
}

/** On the class and on its prototype. */
export function defineConstants(
  constructor: { readonly prototype: object },
  constants: Readonly<Record<string, number>>,
): void {
  const names = objectKeys(constants)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    // @ts-expect-error -- as above.
    const descriptor: PropertyDescriptor = { __proto__: null, value: constants[name], enumerable: true }
    defineProperty(constructor, name, descriptor)
    defineProperty(constructor.prototype, name, descriptor)
  }
}

/** A string as WebIDL converts one: a symbol is an error. */
export function toDomString(value: unknown): string {
  if (typeof value === 'symbol') throw new TypeErrorIntrinsic('Cannot convert a Symbol value to a string')
  return toText(value)
}

export function needArguments(what: string, given: number, needed: number): void {
  if (given >= needed) return
  throw new TypeErrorIntrinsic(`${what}: ${needed} arguments are needed, and ${given} were given`)
}

/** A dictionary of WebIDL, of which nothing is read yet. */
export function toDictionary(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return { __proto__: null }
  if (!isObject(value)) throw new TypeErrorIntrinsic(`${what} must be an object`)
  return value as Readonly<Record<string, unknown>>
}

function exposeMembers(target: object): void {
  const keys = ownKeys(target)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as PropertyKey
    const isOfClass = typeof target === 'function' && (key === 'prototype' || key === 'name' || key === 'length')
    if (isOfClass || key === 'constructor' || getOwnPropertyDescriptor(target, key)?.configurable !== true) continue
    // @ts-expect-error -- as above.
    defineProperty(target, key, { __proto__: null, enumerable: true })
  }
}
