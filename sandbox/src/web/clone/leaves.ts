// The values that structuredClone copies without looking at their members, and those that it refuses.
import { lateIntrinsics } from '../../codec/late-intrinsics.ts'
import {
  apply,
  ArrayBufferIntrinsic,
  arrayBufferByteLength,
  arrayBufferDetached,
  bigIntValueOf,
  booleanValueOf,
  builtInNames,
  DataViewIntrinsic,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  dateGetTime,
  DateIntrinsic,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  mapGet,
  mapSize,
  numberValueOf,
  objectHasOwn,
  objectPrototype,
  regExpExec,
  regExpFlags,
  RegExpIntrinsic,
  regExpSource,
  setSize,
  stringValueOf,
  symbolToStringTag,
  symbolValueOf,
  toObject,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArrayConstructors,
  typedArrayLength,
  typedArrayName,
  typedArraySet,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { isBuffer } from '../bytes.ts'
import { domError } from '../dom-error.ts'

/** What the built-in of a name is to structuredClone: `asks` throws for an object that only inherits from it. */
const ASKS = {
  __proto__: null,
  Map: mapSize,
  Set: setSize,
  Date: dateGetTime,
  RegExp: regExpSource,
  ArrayBuffer: arrayBufferByteLength,
  DataView: dataViewBuffer,
  Number: numberValueOf,
  String: stringValueOf,
  Boolean: booleanValueOf,
  BigInt: bigIntValueOf,
  Symbol: symbolValueOf,
} as unknown as Readonly<Record<string, ((value: object) => unknown) | undefined>>

/** A chain that is longer is one of proxies. */
const MAX_PROTOTYPES = 1_000

/** The name of the built-in that the value is of, `Object` for all others. */
export function kindOf(value: object): string {
  if (typeof value === 'function') return 'Function'
  if (typedArrayName(value) !== undefined) return 'TypedArray'
  let at = getPrototypeOf(value)
  for (let step = 0; at !== null && at !== objectPrototype && step < MAX_PROTOTYPES; step++) {
    const name = mapGet(builtInNames, at)
    if (name !== undefined && name !== 'TypedArray') return confirm(value, name)
    const tag = tagOf(at)
    if (tag !== undefined && regExpExec(OPAQUE, tag) !== null) return tag
    at = getPrototypeOf(at)
  }
  return 'Object'
}

/** Built-ins with a state that cannot be copied, by the names that their prototypes give them; some come with a context. */
const OPAQUE =
  /^(?:Intl|Temporal|WebAssembly)\.|^(?:SharedArrayBuffer|FinalizationRegistry|DisposableStack|AsyncDisposableStack)$/

function tagOf(prototype: object): string | undefined {
  const descriptor = getOwnPropertyDescriptor(prototype, symbolToStringTag)
  if (descriptor === undefined || !objectHasOwn(descriptor, 'value')) return undefined
  return typeof descriptor.value === 'string' ? descriptor.value : undefined
}

function confirm(value: object, name: string): string {
  const { isError } = lateIntrinsics
  if (name === 'Error') return isError === undefined || isError(value) ? name : 'Object'
  const ask = ASKS[name]
  if (ask === undefined) return name
  try {
    ask(value)
    return name
  } catch {
    return 'Object'
  }
}

/** What has no members to copy; undefined for other kinds. Throws DataCloneError for what cannot be copied at all. */
export function copyLeaf(
  value: object,
  kind: string,
  copyShared: (buffer: ArrayBuffer) => ArrayBuffer,
): object | undefined {
  switch (kind) {
    case 'Date':
      return new DateIntrinsic(dateGetTime(value))
    case 'RegExp':
      return new RegExpIntrinsic(regExpSource(value), flagsOf(value))
    case 'Number':
      return toObject(numberValueOf(value))
    case 'String':
      return toObject(stringValueOf(value))
    case 'Boolean':
      return toObject(booleanValueOf(value))
    case 'BigInt':
      return toObject(bigIntValueOf(value))
    case 'ArrayBuffer':
      return copyShared(value as ArrayBuffer)
    case 'DataView':
    case 'TypedArray': {
      const copy = copyShared(bufferOf(value, kind))
      const make = viewMaker(value, kind)
      return make(copy)
    }
    case 'Map':
    case 'Set':
    case 'Error':
    case 'Object':
      return undefined
    default:
      throw domError(
        'DataCloneError',
        `${kind === 'Function' ? 'A function' : `An object of ${kind}`} could not be cloned.`,
      )
  }
}

export function bufferOf(view: object, kind: string): ArrayBuffer {
  return kind === 'DataView' ? dataViewBuffer(view) : typedArrayBuffer(view)
}

/** How to make a view like another one, which may have no memory any more by then. */
export function viewMaker(view: object, kind: string): (buffer: ArrayBuffer) => object {
  if (kind === 'DataView') {
    const offset = dataViewByteOffset(view)
    const length = dataViewByteLength(view)
    return (buffer) => new DataViewIntrinsic(buffer, offset, length)
  }
  const maker = typedArrayConstructors[typedArrayName(view) as 'Uint8Array']
  const offset = typedArrayByteOffset(view)
  const length = typedArrayLength(view)
  return (buffer) => new maker(buffer, offset, length)
}

export function copyBuffer(buffer: ArrayBuffer): ArrayBuffer {
  if (!isBuffer(buffer) || arrayBufferDetached(buffer)) {
    throw domError('DataCloneError', 'A detached or shared buffer could not be cloned.')
  }
  const copy = new ArrayBufferIntrinsic(arrayBufferByteLength(buffer))
  typedArraySet(new Uint8ArrayIntrinsic(copy), new Uint8ArrayIntrinsic(buffer), 0)
  return copy
}

function flagsOf(value: object): string {
  let flags = ''
  for (const flag in regExpFlags) {
    const getter = regExpFlags[flag as 'g'] as (this: object) => unknown
    if (apply(getter, value, []) === true) flags += flag
  }
  return flags
}
