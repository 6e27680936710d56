// Every built-in that the guest program relies on, captured before foreign code can replace it.
// No other file of this folder names a global or calls a method: they call these functions.

const { call } = Function.prototype
const { bind } = Function.prototype

/** Turns a method into a function whose first argument is the receiver, immune to later changes of any prototype. */
const uncurry = bind.bind(call) as <This, Args extends readonly unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
) => (receiver: This, ...args: Args) => Result

/** The getter of an accessor, to be uncurried. */
function getterOf(prototype: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(prototype, key)?.get
}

interface IteratorStep<Value> {
  readonly done: boolean
  readonly value: Value
}

/** The `next` of the built-in class of iterators that `iterator` is of. */
function nextOf(iterator: object): (this: object) => unknown {
  return (Object.getPrototypeOf(iterator) as { readonly next: (this: object) => unknown }).next
}

/** What asynchronous generators inherit from; no global has its name. */
function asyncIteratorPrototype(): object {
  const generators = Object.getPrototypeOf(async function* () {}) as { readonly prototype: object }
  return Object.getPrototypeOf(generators.prototype) as object
}

export const apply = Reflect.apply
export const ownKeys = Reflect.ownKeys
export const defineProperty = Reflect.defineProperty
export const getOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor
export const getPrototypeOf = Reflect.getPrototypeOf
export const setPrototypeOf = Reflect.setPrototypeOf

export const construct = Reflect.construct
export const ProxyIntrinsic = Proxy
export const deleteProperty = Reflect.deleteProperty

export const objectKeys = Object.keys
export const objectCreate = Object.create
export const objectFreeze = Object.freeze
export const objectHasOwn = Object.hasOwn
export const objectIs = Object.is
export const objectPrototype = Object.prototype

export const isArray = Array.isArray
export const arrayPrototype = Array.prototype

/** Sorts the array itself. For arrays without a prototype: it asks the array for nothing but its items. */
export const arraySort = uncurry(Array.prototype.sort) as <Item>(
  items: Item[],
  compare: (left: Item, right: Item) => number,
) => Item[]

export const jsonParse = JSON.parse as (text: string) => unknown
export const jsonStringify = JSON.stringify

export const charCodeAt = uncurry(String.prototype.charCodeAt)
export const stringSlice = uncurry(String.prototype.slice)
export const stringIndexOf = uncurry(String.prototype.indexOf)
export const stringStartsWith = uncurry(String.prototype.startsWith)
export const stringEndsWith = uncurry(String.prototype.endsWith)
export const fromCharCode = String.fromCharCode
export const stringLastIndexOf = uncurry(String.prototype.lastIndexOf)
export const stringTrim = uncurry(String.prototype.trim)
export const stringRepeat = uncurry(String.prototype.repeat)
export const stringPadStart = uncurry(String.prototype.padStart)
export const stringPadEnd = uncurry(String.prototype.padEnd)
export const stringNormalize = uncurry(String.prototype.normalize)
export const stringToLowerCase = uncurry(String.prototype.toLowerCase)
/** A string in which lone surrogates are U+FFFD. */
export const stringToWellFormed = uncurry(
  (String.prototype as unknown as { readonly toWellFormed: (this: string) => string }).toWellFormed,
)

export const isInteger = Number.isInteger
export const isSafeInteger = Number.isSafeInteger
export const isNaNValue = Number.isNaN

export const functionToString = uncurry(Function.prototype.toString)
export const regExpExec = uncurry(RegExp.prototype.exec)
export const regExpSource = uncurry(getterOf(RegExp.prototype, 'source') as (this: object) => string)
/** The getters of the flags in the order of `flags`, which itself asks properties that the guest may have replaced. */
export const regExpFlags = {
  __proto__: null,
  d: getterOf(RegExp.prototype, 'hasIndices'),
  g: getterOf(RegExp.prototype, 'global'),
  i: getterOf(RegExp.prototype, 'ignoreCase'),
  m: getterOf(RegExp.prototype, 'multiline'),
  s: getterOf(RegExp.prototype, 'dotAll'),
  u: getterOf(RegExp.prototype, 'unicode'),
  v: getterOf(RegExp.prototype, 'unicodeSets'),
  y: getterOf(RegExp.prototype, 'sticky'),
}
/** What functions of each kind inherit from; only the first has a global that leads to it. */
export const functionPrototypes = {
  __proto__: null,
  plain: Function.prototype,
  async: Object.getPrototypeOf(async () => {}) as object,
  generator: Object.getPrototypeOf(function* () {}) as object,
  asyncGenerator: Object.getPrototypeOf(async function* () {}) as object,
}

export const mathFloor = Math.floor
export const mathMax = Math.max
export const mathMin = Math.min
export const mathSqrt = Math.sqrt
export const mathRound = Math.round
export const toInteger = parseInt as (text: unknown) => number
export const toFloat = parseFloat as (text: unknown) => number
export const numberToFixed = uncurry(Number.prototype.toFixed)
export const dateNow = Date.now

export const PromiseIntrinsic = Promise
export const ErrorIntrinsic = Error
export const captureStackTrace = (
  Error as unknown as { readonly captureStackTrace: (target: object, above: object) => void }
).captureStackTrace
/** The getter that V8 gives every error as its own property; asking it runs the guest's `Error.prepareStackTrace`. */
export const errorStackGetter = getterOf(new Error(''), 'stack') as (this: object) => unknown
export const TypeErrorIntrinsic = TypeError
export const RangeErrorIntrinsic = RangeError
export const MapIntrinsic = Map
export const mapGet = uncurry(Map.prototype.get) as <K, V>(map: Map<K, V>, key: K) => V | undefined
export const mapSet = uncurry(Map.prototype.set) as <K, V>(map: Map<K, V>, key: K, value: V) => unknown
export const mapDelete = uncurry(Map.prototype.delete) as <K, V>(map: Map<K, V>, key: K) => boolean
const mapSizeGetter = Object.getOwnPropertyDescriptor(Map.prototype, 'size')?.get as (
  this: ReadonlyMap<unknown, unknown>,
) => number
export const mapSize = uncurry(mapSizeGetter)
export const mapHas = uncurry(Map.prototype.has) as <K>(map: Map<K, unknown>, key: K) => boolean
export const SetIntrinsic = Set
export const WeakRefIntrinsic = WeakRef
export const weakRefDeref = uncurry(WeakRef.prototype.deref) as <T extends object>(ref: WeakRef<T>) => T | undefined
export const setAdd = uncurry(Set.prototype.add) as <V>(set: Set<V>, value: V) => unknown
export const setHas = uncurry(Set.prototype.has) as <V>(set: Set<V>, value: V) => boolean
export const setDelete = uncurry(Set.prototype.delete) as <V>(set: Set<V>, value: V) => boolean
export const setSize = uncurry(getterOf(Set.prototype, 'size') as (this: ReadonlySet<unknown>) => number)
export const WeakMapIntrinsic = WeakMap
export const weakMapGet = uncurry(WeakMap.prototype.get) as <V>(map: WeakMap<object, V>, key: object) => V | undefined
export const weakMapSet = uncurry(WeakMap.prototype.set) as <V>(
  map: WeakMap<object, V>,
  key: object,
  value: V,
) => unknown
export const WeakSetIntrinsic = WeakSet
export const weakSetAdd = uncurry(WeakSet.prototype.add) as (set: WeakSet<object>, value: object) => unknown
export const weakSetHas = uncurry(WeakSet.prototype.has) as (set: WeakSet<object>, value: object) => boolean

/** Iteration without `Symbol.iterator`: an iterator from here goes to the `next` function beside it. */
export const mapEntries = uncurry(Map.prototype.entries) as (map: Map<unknown, unknown>) => object
export const mapIteratorNext = uncurry(nextOf(new Map().entries())) as (
  iterator: object,
) => IteratorStep<[unknown, unknown]>
export const setValues = uncurry(Set.prototype.values) as (set: Set<unknown>) => object
export const setIteratorNext = uncurry(nextOf(new Set().values())) as (iterator: object) => IteratorStep<unknown>

/** Global `eval`, only ever called indirectly, and with one identifier or what the host has of the guest program. */
export const globalEval = eval as (name: string) => unknown

export const ArrayBufferIntrinsic = ArrayBuffer
export const arrayBufferPrototype = ArrayBuffer.prototype
export const symbolSpecies: symbol = Symbol.species
export const arrayBufferTransfer = uncurry(
  (ArrayBuffer.prototype as unknown as { readonly transfer: (this: ArrayBuffer) => ArrayBuffer }).transfer,
)
export const arrayBufferDetached = uncurry(
  getterOf(ArrayBuffer.prototype, 'detached') as (this: ArrayBuffer) => boolean,
)
export const arrayBufferByteLength = uncurry(
  getterOf(ArrayBuffer.prototype, 'byteLength') as (this: ArrayBuffer) => number,
)

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array
export const Uint8ArrayIntrinsic = Uint8Array
export const Float64ArrayIntrinsic = Float64Array
/** The constructors that typed arrays of the guest are made with. */
export const typedArrayConstructors = {
  __proto__: null,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float16Array,
  Float32Array,
  Float64Array,
} as const
/** The name of the class for a typed array of any kind, undefined for everything else. */
export const typedArrayName = uncurry(
  getterOf(typedArrayPrototype, Symbol.toStringTag) as (this: unknown) => string | undefined,
)
export const typedArrayLength = uncurry(getterOf(typedArrayPrototype, 'length') as (this: object) => number)
export const typedArrayBuffer = uncurry(getterOf(typedArrayPrototype, 'buffer') as (this: object) => ArrayBuffer)
export const typedArrayByteOffset = uncurry(getterOf(typedArrayPrototype, 'byteOffset') as (this: object) => number)
export const typedArrayByteLength = uncurry(getterOf(typedArrayPrototype, 'byteLength') as (this: object) => number)
export const typedArraySet = uncurry(Uint8Array.prototype.set) as (
  target: Uint8Array,
  source: Uint8Array,
  offset: number,
) => void
export const DataViewIntrinsic = DataView
export const dataViewBuffer = uncurry(getterOf(DataView.prototype, 'buffer') as (this: object) => ArrayBuffer)
export const dataViewByteOffset = uncurry(getterOf(DataView.prototype, 'byteOffset') as (this: object) => number)
export const dataViewByteLength = uncurry(getterOf(DataView.prototype, 'byteLength') as (this: object) => number)

export const BigIntIntrinsic = BigInt
export const bigIntToString = uncurry(BigInt.prototype.toString) as (value: bigint, radix: number) => string

export const DateIntrinsic = Date
export const dateGetTime = uncurry(Date.prototype.getTime)
export const datePrototype = Date.prototype
export const dateToIso: unknown = Date.prototype.toISOString
export const dateToJson: unknown = Date.prototype.toJSON
export const dateToIsoString = uncurry(Date.prototype.toISOString)

/** What a wrapper object such as `new String('a')` holds; they throw for anything else. */
export const StringIntrinsic = String
export const stringValueOf = uncurry(String.prototype.valueOf)
export const numberValueOf = uncurry(Number.prototype.valueOf)
export const booleanValueOf = uncurry(Boolean.prototype.valueOf)
export const bigIntValueOf = uncurry(BigInt.prototype.valueOf)

export const symbolValueOf = uncurry(Symbol.prototype.valueOf)

export const symbolFor = Symbol.for
export const symbolIterator: symbol = Symbol.iterator
export const symbolAsyncIterator: symbol = Symbol.asyncIterator
export const symbolToPrimitive: symbol = Symbol.toPrimitive
export const getOwnPropertySymbols = Object.getOwnPropertySymbols
export const symbolToStringTag: symbol = Symbol.toStringTag
export const isRawJson = (JSON as unknown as { readonly isRawJSON: (value: unknown) => boolean }).isRawJSON

/** The name of the built-in whose instances inherit from a prototype. */
export const builtInNames = new Map<object, string>([
  [Map.prototype, 'Map'],
  [Set.prototype, 'Set'],
  [Date.prototype, 'Date'],
  [typedArrayPrototype, 'TypedArray'],
  [ArrayBuffer.prototype, 'ArrayBuffer'],
  [DataView.prototype, 'DataView'],
  [Number.prototype, 'Number'],
  [String.prototype, 'String'],
  [Boolean.prototype, 'Boolean'],
  [BigInt.prototype, 'BigInt'],
  [Symbol.prototype, 'Symbol'],
  [Error.prototype, 'Error'],
  [Promise.prototype, 'Promise'],
  [RegExp.prototype, 'RegExp'],
  [WeakMap.prototype, 'WeakMap'],
  [WeakSet.prototype, 'WeakSet'],
  [WeakRef.prototype, 'WeakRef'],
  [Iterator.prototype, 'Iterator'],
  [asyncIteratorPrototype(), 'AsyncIterator'],
])

/** A primitive in an object, as `new String('a')` makes it. */
export const toObject = Object as (value: unknown) => object
export const toNumber = Number as (value: unknown) => number
export const toText = String as (value: unknown) => string

/** The global object, for looking at or removing what is on it. */
export const getGlobal = (): object => globalThis

/** Gives a function the name that a guest sees, whatever its own name has become in the bundle. */
export function nameFunction(value: object, name: string): void {
  // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
  defineProperty(value, 'name', { __proto__: null, value: name, configurable: true })
}

/** What the guest program has put on the global object, by name: values, and getters of what is made at first use. */
export const installedGlobals = { __proto__: null } as unknown as Record<string, unknown>

/** Defines a global as the language defines its own: writable, configurable, not enumerable. */
export function installGlobal(name: string, value: unknown): void {
  if (typeof value === 'function') nameFunction(value, name)
  installedGlobals[name] = value
  // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
  defineProperty(globalThis, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true })
}

export const iteratorPrototype: object = Iterator.prototype
export const RegExpIntrinsic = RegExp
/** The classes of errors that have a name of their own in the language. */
export const errorConstructors = {
  __proto__: null,
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
} as const

export const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/** Defines a property as an assignment would, but on the object itself and without asking any prototype. */
export function defineValue(target: object, key: PropertyKey, value: unknown): void {
  // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
  defineProperty(target, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true })
}

/** `array.push(item)` that no setter on a prototype sees. Defining is slow, so it is done only where one could. */
export function arrayAppend<Item>(array: Item[], item: Item): void {
  const index = array.length
  if (getPrototypeOf(arrayPrototype) !== objectPrototype || index in arrayPrototype) defineValue(array, index, item)
  else array[index] = item
}
