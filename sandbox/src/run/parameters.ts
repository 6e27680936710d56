// The parameters of a function, read from its source text.
import {
  arrayAppend,
  functionToString,
  isArray,
  isInteger,
  isObject,
  stringEndsWith,
  stringSlice,
} from '../intrinsics.ts'
import type { Head } from './acorn-group.ts'

/** The group that `acorn-group.ts` becomes. */
export interface Parser {
  readonly readHead: (source: string) => Head | 'class' | null
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
const refuse = (why: 'native' | 'class'): ParametersResult => ({ __proto__: null, ok: false, why }) as ParametersResult

/** Never throws: whatever the guest has done to what the parser calls, the answer is then `unreadable`. */
export function readParameters(fn: object, loadParser: LoadParser): ParametersResult {
  try {
    const source = functionToString(fn)
    if (stringEndsWith(source, NATIVE_BODY)) return refuse('native')
    const { readHead } = loadParser()
    const head = readHead(stringSlice(source, 0, MAX_HEAD_CHARACTERS))
    if (head === 'class') return refuse('class')
    if (!isObject(head) || !isArray(head.params) || typeof head.text !== 'string') return UNREADABLE
    const { params, text } = head
    const count = params.length
    if (count > MAX_PARAMETERS) return UNREADABLE
    const parameters: Parameter[] = []
    for (let index = 0; index < count; index += 1) {
      const parameter = toParameter(params[index], text, false)
      if (parameter === null) return UNREADABLE
      arrayAppend(parameters, parameter)
    }
    return { __proto__: null, ok: true, parameters } as ParametersResult
  } catch {
    return UNREADABLE
  }
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
