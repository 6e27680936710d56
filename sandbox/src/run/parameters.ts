// The parameters of a function, read from its source text.
import {
  arrayAppend,
  functionToString,
  getPrototypeOf,
  isArray,
  isInteger,
  isObject,
  stringEndsWith,
  stringSlice,
} from '../intrinsics.ts'
import type { Head } from './acorn-group.ts'
import { readPlainHead } from './plain-head.ts'

/** The group that `acorn-group.ts` becomes. */
export interface Parser {
  readonly readHead: (source: string) => Head | 'class' | null
  readonly readConstructor: (source: string) => Head | 'none' | null
}

/** Evaluates the group; slow, and called only when names are needed. */
export type LoadParser = () => Parser

export interface Parameter {
  /** `plain` has a name; `pattern` takes an object apart, `list` an iterable; `rest` takes what is left. */
  readonly kind: 'plain' | 'pattern' | 'list' | 'rest'
  /** The name, or the text of a pattern. */
  readonly name: string
  readonly hasDefault: boolean
}

export type ParametersResult =
  | { readonly ok: true; readonly parameters: readonly Parameter[] }
  | { readonly ok: false; readonly why: 'native' | 'class' | 'unreadable' }

/** What every native and every bound function ends with, and no other: it is no JavaScript. */
const NATIVE_BODY = '{ [native code] }'

/** The head of a function must be in this much of its source; bounds the time of the parser. */
const MAX_HEAD_CHARACTERS = 64 * 1024
const MAX_PARAMETERS = 1_000
const MAX_PARENTS = 32
const MAX_NAME_CHARACTERS = 100

interface NodeLike {
  readonly type: unknown
  readonly start: unknown
  readonly end: unknown
  readonly name?: unknown
  readonly left?: unknown
  readonly argument?: unknown
}

const UNREADABLE: ParametersResult = { __proto__: null, ok: false, why: 'unreadable' } as ParametersResult
const NO_PARAMETERS = { __proto__: null, ok: true, parameters: [] } as unknown as ParametersResult
const refuse = (why: 'native' | 'class'): ParametersResult => ({ __proto__: null, ok: false, why }) as ParametersResult

/** Never throws: whatever the guest has done to what the parser calls, the answer is then `unreadable`. */
export function readParameters(fn: object, loadParser: LoadParser): ParametersResult {
  try {
    const source = functionToString(fn)
    if (stringEndsWith(source, NATIVE_BODY)) return refuse('native')
    const start = stringSlice(source, 0, MAX_HEAD_CHARACTERS)
    const names = readPlainHead(start)
    if (names !== null) return toPlainParameters(names)
    const { readHead } = loadParser()
    const head = readHead(start)
    return head === 'class' ? refuse('class') : toParameters(head)
  } catch {
    return UNREADABLE
  }
}

/** A class without a constructor of its own has its parent's; one without a parent takes nothing. */
export function readConstructorParameters(fn: object, loadParser: LoadParser): ParametersResult {
  try {
    const { readConstructor } = loadParser()
    let owner: object | null = fn
    for (let depth = 0; depth < MAX_PARENTS && typeof owner === 'function'; depth += 1) {
      const source = functionToString(owner)
      if (stringEndsWith(source, NATIVE_BODY)) return depth === 0 ? refuse('native') : NO_PARAMETERS
      const head = readConstructor(stringSlice(source, 0, MAX_HEAD_CHARACTERS))
      // A function that is called with `new` has its parameters at its own head.
      if (head === null) return readParameters(owner, loadParser)
      if (head !== 'none') return toParameters(head)
      owner = getPrototypeOf(owner)
    }
    return NO_PARAMETERS
  } catch {
    return UNREADABLE
  }
}

function toPlainParameters(names: readonly string[]): ParametersResult {
  const count = names.length
  if (count > MAX_PARAMETERS) return UNREADABLE
  const parameters: Parameter[] = []
  for (let index = 0; index < count; index += 1) arrayAppend(parameters, create('plain', names[index] as string, false))
  return { __proto__: null, ok: true, parameters } as ParametersResult
}

/** What acorn says, which the guest may have changed; its callers catch what that throws. */
function toParameters(head: unknown): ParametersResult {
  if (!isObject(head)) return UNREADABLE
  const { params, text } = head as Partial<Head>
  if (!isArray(params) || typeof text !== 'string') return UNREADABLE
  const count = params.length
  if (count > MAX_PARAMETERS) return UNREADABLE
  const parameters: Parameter[] = []
  for (let index = 0; index < count; index += 1) {
    const parameter = toParameter(params[index], text, false)
    if (parameter === null) return UNREADABLE
    arrayAppend(parameters, parameter)
  }
  return { __proto__: null, ok: true, parameters } as ParametersResult
}

/** Null for a node that is none, as the guest may have made of it. */
function toParameter(node: unknown, text: string, hasDefault: boolean): Parameter | null {
  if (!isObject(node)) return null
  const { type, start, end, name, left, argument } = node as NodeLike
  if (!isInteger(start) || !isInteger(end)) return null
  const written = clip(stringSlice(text, start as number, end as number))
  switch (type) {
    case 'Identifier':
      return typeof name === 'string' ? create('plain', name, hasDefault) : null
    case 'ObjectPattern':
      return create('pattern', written, hasDefault)
    case 'ArrayPattern':
      return create('list', written, hasDefault)
    case 'AssignmentPattern':
      return hasDefault ? null : toParameter(left, text, true)
    case 'RestElement': {
      const rest = hasDefault ? null : toParameter(argument, text, true)
      return rest === null ? null : create('rest', rest.name, true)
    }
    default:
      return null
  }
}

function create(kind: Parameter['kind'], name: string, hasDefault: boolean): Parameter {
  return { __proto__: null, kind, name, hasDefault } as Parameter
}

function clip(text: string): string {
  return text.length <= MAX_NAME_CHARACTERS ? text : `${stringSlice(text, 0, MAX_NAME_CHARACTERS)}…`
}
