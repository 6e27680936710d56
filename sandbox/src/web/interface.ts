// Gives classes the shape that Web IDL gives interfaces.
import {
  defineProperty,
  isObject,
  nameFunction,
  ownKeys,
  symbolToStringTag,
  TypeErrorIntrinsic,
} from '../intrinsics.ts'
import { rememberMembers } from './members.ts'

/** A class of which the members that are named by text are to be seen when properties are listed. */
export function shapeInterface(target: object, name: string): void {
  const { prototype } = target as { readonly prototype: object }
  nameFunction(target, name)
  exposeMembers(target, OF_CLASSES)
  exposeMembers(prototype, OF_PROTOTYPES)
  defineHidden(prototype, symbolToStringTag, name, false)
  rememberMembers(prototype)
}

const OF_CLASSES = { __proto__: null, length: true, name: true, prototype: true }
const OF_PROTOTYPES = { __proto__: null, constructor: true }

function exposeMembers(target: object, unlisted: object): void {
  const keys = ownKeys(target)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as PropertyKey
    if (typeof key !== 'string' || key in unlisted) continue
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    defineProperty(target, key, { __proto__: null, enumerable: true })
  }
}

/** A property that is not listed. */
export function defineHidden(target: object, key: PropertyKey, value: unknown, writable = true): void {
  // @ts-expect-error -- as above.
  defineProperty(target, key, { __proto__: null, value, writable, enumerable: false, configurable: true })
}

/**
 * What only the guest program itself can pass: interfaces without a public constructor ask for it.
 * Their parameters have defaults, so that the `length` of the class is 0, as Web IDL has it.
 */
export const OWN_KEY: object = { __proto__: null }

/** Throws what a browser throws for `new` on an interface that has no constructor. */
export function refuseConstruction(key: unknown): void {
  if (key !== OWN_KEY) throw new TypeErrorIntrinsic('Illegal constructor')
}

export function needArguments(count: number, needed: number, what: string): void {
  if (count >= needed) return
  throw new TypeErrorIntrinsic(
    `${what}: ${needed} argument${needed === 1 ? ' is' : 's are'} required, but only ${count} present`,
  )
}

/** A dictionary of options: an object of any kind, or nothing. */
export function readOptions(options: unknown, what: string): object {
  if (options === undefined || options === null) return NO_OPTIONS
  if (!isObject(options)) throw new TypeErrorIntrinsic(`${what}: the options must be an object`)
  return options
}

const NO_OPTIONS = { __proto__: null } as object
