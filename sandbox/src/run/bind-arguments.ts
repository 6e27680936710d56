// Fits keyword arguments to the parameters of a function, with Python's words where they do not fit.
import { arrayAppend, defineValue, MapIntrinsic, mapGet, mapSet } from '../intrinsics.ts'
import type { Parameter } from './parameters.ts'
import type { ReadParameters } from './signatures.ts'

/** What a request passes: by position, and by name as two lists of one length. */
export interface CallInput {
  readonly args: readonly unknown[]
  readonly keys: readonly string[]
  readonly values: readonly unknown[]
}

export type Bound =
  | { readonly ok: true; /** Everything by position. */ readonly args: unknown[] }
  | { readonly ok: false; readonly message: string }

/** Asks for a value for every parameter that has no default. */
export interface Required {
  /** Parameters that need none all the same: types say so, and are gone from the code. */
  readonly optional: readonly string[]
}

/** The parameters after the positional arguments, and where every name stands among all of them. */
interface Signature {
  readonly parameters: readonly Parameter[]
  readonly given: number
  readonly indexes: Map<string, number>
}

const UNREADABLE = {
  native: 'is a native or bound function, whose parameters have no names',
  class: 'is a class, which cannot be called',
  unreadable: 'has parameters whose names cannot be read',
} as const

/**
 * The arguments of the call `name(...args, **kwargs)`, by three rules in this order: every key names a parameter that got
 * nothing yet, and each goes there; the next parameter takes an object apart, or one plain parameter is left and no key has
 * its name, and all keys go as one object; else the message that Python has.
 * With `required` a parameter without default that gets nothing is an error too, except when the keys went as one object.
 */
export function bindArguments(
  fn: object,
  name: string,
  input: CallInput,
  read: ReadParameters,
  required: Required | null = null,
): Bound {
  const { args, keys } = input
  if (keys.length === 0 && required === null) return bound(copyArguments(args))
  const result = read(fn)
  if (!result.ok) return refuse(`${name}() ${UNREADABLE[result.why]}`)
  const { parameters } = result
  const signature: Signature = { parameters, given: args.length, indexes: indexNames(parameters) }
  if (areAllRemaining(keys, signature)) return bindByName(name, input, signature, required)
  const wrong = findWrong(keys, signature)
  return wrong === null ? bound(bindAsObject(input)) : refuse(`${name}() got ${wrong}`)
}

function bindByName(
  name: string,
  { args, keys, values }: CallInput,
  signature: Signature,
  required: Required | null,
): Bound {
  const { parameters, given } = signature
  const positions = new MapIntrinsic<string, number>()
  for (let at = 0; at < keys.length; at += 1) mapSet(positions, keys[at] as string, at)
  const result = copyArguments(args)
  const missing: string[] = []
  for (let index = given; index < parameters.length; index += 1) {
    const parameter = parameters[index] as Parameter
    const at = parameter.kind === 'plain' ? mapGet(positions, parameter.name) : undefined
    if (at === undefined) {
      if (required !== null && isRequired(parameter, required)) arrayAppend(missing, parameter.name)
    } else {
      // A parameter in between that got nothing is undefined, which is what its default waits for.
      while (result.length < index) arrayAppend(result, undefined)
      arrayAppend(result, values[at])
    }
  }
  return missing.length > 0 ? refuse(describeMissing(name, missing)) : bound(result)
}

function isRequired({ kind, name, hasDefault }: Parameter, { optional }: Required): boolean {
  return !hasDefault && !(kind === 'plain' && includes(optional, name))
}

/** An ordinary object, as a caller in JavaScript would have written it; `__proto__` is a key like any other. */
function bindAsObject({ args, keys, values }: CallInput): unknown[] {
  const object = {}
  for (let at = 0; at < keys.length; at += 1) defineValue(object, keys[at] as string, values[at])
  const result = copyArguments(args)
  arrayAppend(result, object)
  return result
}

function indexNames(parameters: readonly Parameter[]): Map<string, number> {
  const indexes = new MapIntrinsic<string, number>()
  for (let index = 0; index < parameters.length; index += 1) {
    const { kind, name } = parameters[index] as Parameter
    if (kind === 'plain') mapSet(indexes, name, index)
  }
  return indexes
}

function areAllRemaining(keys: readonly string[], { given, indexes }: Signature): boolean {
  for (let at = 0; at < keys.length; at += 1) {
    if ((mapGet(indexes, keys[at] as string) ?? -1) < given) return false
  }
  return true
}

/** What keeps keys that do not all name remaining parameters from going as one object; null when nothing does. */
function findWrong(keys: readonly string[], { parameters, given, indexes }: Signature): string | null {
  const { length } = parameters
  // Inside the bounds only: beyond them an index would ask a prototype of the guest's.
  const next = given < length ? parameters[given] : undefined
  if (next?.kind === 'pattern') return null
  const last = length > 0 ? parameters[length - 1] : undefined
  const rest = last?.kind === 'rest' ? last.name : null
  const left = length - given - (rest === null ? 0 : 1)
  const only = left === 1 && next?.kind === 'plain' ? next.name : null
  const goesAsObject = only !== null && !includes(keys, only)
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] as string
    const index = mapGet(indexes, key)
    if (index === undefined) {
      if (!goesAsObject || key === rest) return `an unexpected keyword argument '${key}'`
    } else if (index < given) {
      return `multiple values for argument '${key}'`
    }
  }
  return null
}

function includes(keys: readonly string[], key: string): boolean {
  for (let at = 0; at < keys.length; at += 1) {
    if (keys[at] === key) return true
  }
  return false
}

/** Python's sentence: `'x'`, `'x' and 'y'`, `'x', 'y', and 'z'`. */
function describeMissing(name: string, missing: readonly string[]): string {
  const { length } = missing
  let list = ''
  for (let index = 0; index < length; index += 1) {
    const separator = index === 0 ? '' : index < length - 1 ? ', ' : length === 2 ? ' and ' : ', and '
    list += `${separator}'${missing[index]}'`
  }
  return `${name}() missing ${length} required positional argument${length === 1 ? '' : 's'}: ${list}`
}

function copyArguments(args: readonly unknown[]): unknown[] {
  const copy: unknown[] = []
  for (let index = 0; index < args.length; index += 1) arrayAppend(copy, args[index])
  return copy
}

function bound(args: unknown[]): Bound {
  return { __proto__: null, ok: true, args } as Bound
}

function refuse(message: string): Bound {
  return { __proto__: null, ok: false, message } as Bound
}
