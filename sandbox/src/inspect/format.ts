// The arguments of one call of the console as one text, in the form of Node's `util.format`.
import {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isObject,
  jsonStringify,
  objectHasOwn,
  stringIndexOf,
  stringSlice,
  stringStartsWith,
  symbolToPrimitive,
  toFloat,
  toInteger,
  toNumber,
  toText,
} from '../intrinsics.ts'
import { DEFAULT_OPTIONS, isSpent, take } from './context.ts'
import type { Budget, InspectOptions } from './context.ts'
import { nameOfBuiltIn } from './identity.ts'
import { formatNumber } from './primitive.ts'
import { MAX_PROTOTYPES, ownData } from './read.ts'
import { inspect } from './value.ts'

const SHALLOW = { ...DEFAULT_OPTIONS, __proto__: null, depth: 0 } as InspectOptions
const DETAILED = { ...DEFAULT_OPTIONS, __proto__: null, depth: 4, showHidden: true } as InspectOptions

/** Never throws; runs code of the guest where a directive asks for a conversion. `args` is read up to its length only. */
export function format(args: readonly unknown[], budget: Budget): string {
  const count = args.length
  if (count === 0) return ''
  const first = args[0]
  let text = ''
  let next = 0
  if (typeof first === 'string') {
    if (count === 1) return take(budget, first)
    ;({ text, next } = applyDirectives(first, args, budget))
  }
  return text + join(args, next, budget)
}

/** The arguments from `start` on with spaces before them, except before the first of all. */
export function join(args: readonly unknown[], start: number, budget: Budget): string {
  let text = ''
  for (let index = start; index < args.length && !isSpent(budget); index++) {
    const value = args[index]
    if (index > 0) text += take(budget, ' ')
    text += typeof value === 'string' ? take(budget, value) : inspect(value, DEFAULT_OPTIONS, budget)
  }
  return text
}

interface Applied {
  readonly text: string
  /** The first argument that no directive has used. */
  readonly next: number
}

function applyDirectives(pattern: string, args: readonly unknown[], budget: Budget): Applied {
  let text = ''
  let next = 1
  let from = 0
  for (let at = stringIndexOf(pattern, '%'); at !== -1 && !isSpent(budget); at = stringIndexOf(pattern, '%', at)) {
    const letter = at + 1 < pattern.length ? stringSlice(pattern, at + 1, at + 2) : ''
    at += 1
    if (letter === '%') {
      text += take(budget, stringSlice(pattern, from, at))
      at += 1
      from = at
    } else if (next < args.length && letter !== '' && stringIndexOf('sjdOoifc', letter) !== -1) {
      text += take(budget, stringSlice(pattern, from, at - 1)) + convert(letter, args[next], budget)
      next += 1
      at += 1
      from = at
    }
  }
  return { __proto__: null, text: text + take(budget, stringSlice(pattern, from)), next } as Applied
}

function convert(letter: string, value: unknown, budget: Budget): string {
  switch (letter) {
    case 's':
      return convertToText(value, budget)
    case 'j':
      return take(budget, toJson(value))
    case 'O':
      return inspect(value, DEFAULT_OPTIONS, budget)
    case 'o':
      return inspect(value, DETAILED, budget)
    case 'c':
      return ''
    default:
      return take(
        budget,
        typeof value === 'bigint' && letter !== 'f' ? `${value}n` : formatNumber(convertToNumber(letter, value)),
      )
  }
}

function convertToNumber(letter: string, value: unknown): number {
  try {
    if (typeof value === 'symbol') return NaN
    if (letter === 'd') return toNumber(value)
    return letter === 'i' ? toInteger(value) : toFloat(value)
  } catch {
    return NaN
  }
}

function toJson(value: unknown): string {
  try {
    return jsonStringify(value) ?? 'undefined'
  } catch (thrown) {
    const message = isObject(thrown) ? ownData(thrown, 'message') : undefined
    const isCircular = typeof message === 'string' && stringStartsWith(message, 'Converting circular structure')
    return isCircular ? '[Circular]' : '<cannot be written as JSON>'
  }
}

function convertToText(value: unknown, budget: Budget): string {
  try {
    if (typeof value === 'number') return take(budget, formatNumber(value))
    if (typeof value === 'bigint') return take(budget, `${value}n`)
    if (typeof value !== 'object' || value === null || hasOwnText(value)) return take(budget, toText(value))
  } catch {
    // The object is shown as it is.
  }
  return inspect(value, SHALLOW, budget)
}

/** Whether the object or a class of the guest has a method that makes text of it; so have typed arrays, as in Node. */
function hasOwnText(value: object): boolean {
  let at: object | null = value
  for (let step = 0; at !== null && step < MAX_PROTOTYPES; step++) {
    const builtIn = at === value ? undefined : nameOfBuiltIn(at)
    if (builtIn !== undefined) return builtIn === 'TypedArray'
    if (isMethod(at, 'toString') || isMethod(at, symbolToPrimitive)) return true
    at = getPrototypeOf(at)
  }
  return false
}

function isMethod(target: object, key: PropertyKey): boolean {
  const descriptor = getOwnPropertyDescriptor(target, key)
  return descriptor !== undefined && objectHasOwn(descriptor, 'value') && typeof descriptor.value === 'function'
}
