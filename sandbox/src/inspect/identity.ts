// What an object is an instance of, by its chain of prototypes.
import {
  arrayPrototype,
  builtInNames,
  functionPrototypes,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isObject,
  mapGet,
  objectHasOwn,
  objectKeys,
  objectPrototype,
  stringLastIndexOf,
  stringSlice,
  symbolToStringTag,
  typedArrayName,
} from '../intrinsics.ts'
import { take } from './context.ts'
import type { Context } from './context.ts'
import { MAX_PROTOTYPES, ownData } from './read.ts'

export interface Identity {
  /** The name of the constructor; null for an object without a prototype. */
  readonly name: string | null
  /** The built-in that it seems to inherit from, which the object itself may not bear out; '' for none. */
  readonly kind: string
  /** `Symbol.toStringTag` where that is text and not shown as a property anyway. */
  readonly tag: string
}

export function identify(context: Context, value: object, level: number): Identity {
  let name: string | undefined
  let kind = ''
  let tag: string | undefined
  let at: object | null = value
  for (let step = 0; at !== null && step < MAX_PROTOTYPES; step++) {
    const builtIn = at === value ? undefined : nameOfBuiltIn(at)
    name ??= builtIn ?? constructorNameAt(at, value)
    if (kind === '') kind = builtIn ?? kindOfFunctions(at)
    if (builtIn === 'Object') break
    tag ??= builtIn === 'TypedArray' ? typedArrayName(value) : tagAt(context, at, value)
    if (builtIn !== undefined) break
    at = getPrototypeOf(at)
  }
  return {
    __proto__: null,
    name: name === undefined ? describeChain(context, value, level) : take(context.budget, name),
    kind,
    tag: take(context.budget, tag ?? ''),
  } as Identity
}

/** Iterators keep their own names out of the chain: the constructor of theirs is a getter. */
export function nameOfBuiltIn(prototype: object): string | undefined {
  if (prototype === objectPrototype) return 'Object'
  if (prototype === arrayPrototype) return 'Array'
  if (prototype === functionPrototypes.plain) return 'Function'
  const name = mapGet(builtInNames, prototype)
  return name === 'Iterator' || name === 'AsyncIterator' ? undefined : name
}

function kindOfFunctions(prototype: object): string {
  if (prototype === functionPrototypes.async) return 'AsyncFunction'
  if (prototype === functionPrototypes.generator) return 'GeneratorFunction'
  return prototype === functionPrototypes.asyncGenerator ? 'AsyncGeneratorFunction' : ''
}

/** The name of the `constructor` beside a prototype, if `value` is an instance of it. */
function constructorNameAt(prototype: object, value: object): string | undefined {
  const constructor = ownData(prototype, 'constructor')
  if (typeof constructor !== 'function') return undefined
  const name = ownData(constructor, 'name')
  if (typeof name !== 'string' || name === '') return undefined
  const instances = ownData(constructor, 'prototype')
  const isInstance = (instances === prototype && prototype !== value) || inheritsFrom(value, instances)
  return isInstance ? name : undefined
}

export function inheritsFrom(value: object, prototype: unknown): boolean {
  if (!isObject(prototype)) return false
  let at = getPrototypeOf(value)
  for (let step = 0; at !== null && step < MAX_PROTOTYPES; step++) {
    if (at === prototype) return true
    at = getPrototypeOf(at)
  }
  return false
}

/** Undefined when the prototype says nothing; '' when what it says is not to be shown. */
function tagAt(context: Context, prototype: object, value: object): string | undefined {
  const descriptor = getOwnPropertyDescriptor(prototype, symbolToStringTag)
  if (descriptor === undefined) return undefined
  if (prototype === value && (context.showHidden || descriptor.enumerable === true)) return ''
  return objectHasOwn(descriptor, 'value') && typeof descriptor.value === 'string' ? descriptor.value : ''
}

/** For a chain in which no constructor has a name. */
function describeChain(context: Context, value: object, level: number): string | null {
  const prototype = getPrototypeOf(value)
  if (prototype === null) return null
  const kind = typeof value === 'function' ? 'Function' : 'Object'
  if (level > context.depth || level > 10) return `${kind} <Complex prototype>`
  const { name } = identify(context, prototype, level + 1)
  if (name !== null) return `${kind} <${name}>`
  return `${kind} <[Object: null prototype]${objectKeys(prototype).length === 0 ? ' {}' : ''}>`
}

/** What stands before the opening brace, with the space; `size` is '' or such as `(3)`. */
export function prefixOf({ name, tag }: Identity, fallback: string, size = ''): string {
  if (name === null) {
    return tag === '' || tag === fallback
      ? `[${fallback}${size}: null prototype] `
      : `[${fallback}${size}: null prototype] [${tag}] `
  }
  if (tag === '') return `${name}${size} `
  const dot = stringLastIndexOf(tag, '.')
  return name === (dot >= 1 ? stringSlice(tag, dot + 1) : tag) ? `${tag}${size} ` : `${name}${size} [${tag}] `
}
