// Functions and classes: one bracketed text for what they are, properties come after it.
import {
  functionToString,
  getPrototypeOf,
  isObject,
  regExpExec,
  stringSlice,
  stringStartsWith,
  toText,
} from '../intrinsics.ts'
import { take } from './context.ts'
import type { Context } from './context.ts'
import type { Identity } from './identity.ts'
import { findData, ownData } from './read.ts'

/** Comments and what else may stand between `class` and the rest are looked for in this much of the source. */
const MAX_HEAD_CHARACTERS = 1_000

export function describeFunction(context: Context, value: object, identity: Identity): string {
  const { name, kind, tag } = identity
  if (isClass(value)) return describeClass(context, value, identity)
  const type =
    kind === 'AsyncFunction' || kind === 'GeneratorFunction' || kind === 'AsyncGeneratorFunction' ? kind : 'Function'
  const ownName = findData(value, 'name')
  let text = `[${type}`
  if (name === null) text += ' (null prototype)'
  text += typeof ownName === 'string' && ownName !== '' ? `: ${take(context.budget, ownName)}]` : ' (anonymous)]'
  if (name !== null && name !== type) text += ` ${name}`
  return tag !== '' && tag !== name ? `${text} [${tag}]` : text
}

function describeClass(context: Context, value: object, { name, tag }: Identity): string {
  const ownName = ownData(value, 'name')
  let text = `[class ${isObject(ownName) || !ownName ? '(anonymous)' : take(context.budget, toText(ownName))}`
  if (name !== null && name !== 'Function') text += ` [${name}]`
  if (tag !== '' && tag !== name) text += ` [${tag}]`
  if (name === null) return `${text} extends [null prototype]]`
  const superclass = getPrototypeOf(value)
  const superName = superclass === null ? undefined : findData(superclass, 'name')
  if (typeof superName === 'string' && superName !== '') text += ` extends ${take(context.budget, superName)}`
  return `${text}]`
}

/** Of all functions only classes begin with that word, and methods that are called so: those go on with a parenthesis. */
function isClass(value: object): boolean {
  // A proxy of a function has no source but one that says so, and begins with another word.
  const head = stringSlice(functionToString(value), 0, MAX_HEAD_CHARACTERS)
  if (!stringStartsWith(head, 'class')) return false
  return regExpExec(/^class(?![\w$\\\x80-\uffff])(?:\s|\/\*[^]*?\*\/|\/\/.*)*[^\s(/]/, head) !== null
}
