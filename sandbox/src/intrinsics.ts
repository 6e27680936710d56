// Every built-in that the guest program relies on, captured before foreign code can replace it.
// No other file of this folder names a global or calls a method: they call these functions.

const { call } = Function.prototype
const { bind } = Function.prototype

/** Turns a method into a function whose first argument is the receiver, immune to later changes of any prototype. */
const uncurry = bind.bind(call) as <This, Args extends readonly unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
) => (receiver: This, ...args: Args) => Result

export const apply = Reflect.apply
export const ownKeys = Reflect.ownKeys
export const defineProperty = Reflect.defineProperty
export const getOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor
export const getPrototypeOf = Reflect.getPrototypeOf
export const setPrototypeOf = Reflect.setPrototypeOf

export const construct = Reflect.construct
export const deleteProperty = Reflect.deleteProperty

export const objectKeys = Object.keys
export const objectCreate = Object.create
export const objectHasOwn = Object.hasOwn
export const objectIs = Object.is
export const freeze = Object.freeze
export const objectPrototype = Object.prototype

export const isArray = Array.isArray
export const arrayJoin = uncurry(Array.prototype.join)
export const arrayPrototype = Array.prototype

export const jsonParse = JSON.parse as (text: string) => unknown
export const jsonStringify = JSON.stringify

export const charCodeAt = uncurry(String.prototype.charCodeAt)
export const stringSlice = uncurry(String.prototype.slice)
export const stringIndexOf = uncurry(String.prototype.indexOf)
export const stringStartsWith = uncurry(String.prototype.startsWith)
export const stringEndsWith = uncurry(String.prototype.endsWith)
export const fromCharCode = String.fromCharCode

export const isInteger = Number.isInteger
export const isSafeInteger = Number.isSafeInteger
export const isNaNValue = Number.isNaN

export const functionToString = uncurry(Function.prototype.toString)
export const regExpExec = uncurry(RegExp.prototype.exec)

export const mathFloor = Math.floor
export const mathMax = Math.max
export const mathMin = Math.min
export const dateNow = Date.now

export const PromiseIntrinsic = Promise
export const promiseThen = uncurry(
  Promise.prototype.then as (
    this: Promise<unknown>,
    done: (value: unknown) => void,
    failed: (reason: unknown) => void,
  ) => Promise<void>,
)

export const ErrorIntrinsic = Error
export const TypeErrorIntrinsic = TypeError
export const RangeErrorIntrinsic = RangeError
export const MapIntrinsic = Map
export const mapGet = uncurry(Map.prototype.get) as <K, V>(map: Map<K, V>, key: K) => V | undefined
export const mapSet = uncurry(Map.prototype.set) as <K, V>(map: Map<K, V>, key: K, value: V) => unknown
export const mapDelete = uncurry(Map.prototype.delete) as <K, V>(map: Map<K, V>, key: K) => boolean
const mapSizeGetter = Object.getOwnPropertyDescriptor(Map.prototype, 'size')?.get as (this: ReadonlyMap<unknown, unknown>) => number
export const mapSize = uncurry(mapSizeGetter)
export const SetIntrinsic = Set

/** Global `eval`, only ever called indirectly and only with one identifier. */
export const globalEval = eval as (name: string) => unknown

export const ArrayBufferIntrinsic = ArrayBuffer
export const arrayBufferPrototype = ArrayBuffer.prototype
export const symbolSpecies: symbol = Symbol.species
export const toNumber = Number as (value: unknown) => number
export const toText = String as (value: unknown) => string

/** The global object, for looking at or removing what is on it. */
export const getGlobal = (): object => globalThis

/** Defines a global as the language defines its own: writable, configurable, not enumerable. */
export function installGlobal(name: string, value: unknown): void {
  // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
  defineProperty(globalThis, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true })
}

export const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/** Defines a property as an assignment would, but on the object itself and without asking any prototype. */
export function defineValue(target: object, key: PropertyKey, value: unknown): void {
  // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
  defineProperty(target, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true })
}

/** `array.push(item)` that no setter on a prototype sees. */
export function arrayAppend<Item>(array: Item[], item: Item): void {
  defineValue(array, array.length, item)
}
