// Errors: their stack, which names the class and the message, and what the stack does not say as properties.
import {
  isArray,
  isObject,
  objectHasOwn,
  stringEndsWith,
  stringIndexOf,
  stringSlice,
  stringStartsWith,
  toText,
} from '../intrinsics.ts'
import { take } from './context.ts'
import type { Context } from './context.ts'
import { prefixOf } from './identity.ts'
import type { Identity } from './identity.ts'
import { indentLines } from './lines.ts'
import { append, createList, joinTexts } from './list.ts'
import type { List } from './list.ts'
import { findData } from './read.ts'
import { FRAME_START, leaveOutShared, listFrames, readStack } from './stack.ts'

/** The text before the properties; takes those keys off the list that the text covers, and adds `cause` and `errors`. */
export function describeError(
  context: Context,
  value: object,
  identity: Identity,
  keys: List<PropertyKey>,
  level: number,
): string {
  const { budget } = context
  const name = findData(value, 'name') ?? 'Error'
  const message = findData(value, 'message')
  let stack = take(budget, stackOf(context, value, level))
  if (!context.showHidden) hideKeys(keys, stack, name, message)
  if (objectHasOwn(value, 'cause')) addKey(keys, 'cause')
  if (objectHasOwn(value, 'errors') && isArray(findData(value, 'errors'))) addKey(keys, 'errors')
  if (typeof name === 'string') stack = nameClass(stack, name, identity)

  const messageAt = typeof message === 'string' && message !== '' ? stringIndexOf(stack, message) : -1
  const framesAt = stringIndexOf(stack, FRAME_START, messageAt > 0 ? messageAt + (message as string).length : 0)
  const frames = framesAt === -1 ? createList<string>() : listFrames(stringSlice(stack, framesAt + 1))
  const header = framesAt === -1 ? stack : stringSlice(stack, 0, framesAt)
  const text = frames.length === 0 ? `[${header}]` : `${header}\n${joinTexts(leaveOutShared(frames, value), '\n')}`
  return indentLines(budget, text, context.indentation)
}

function stackOf(context: Context, value: object, level: number): string {
  const stack = readStack(value)
  if (typeof stack === 'string' && stack !== '') return stack
  const header = headerOf(value)
  if (!isObject(stack)) return header
  // A guest's `Error.prepareStackTrace` may make anything of a stack.
  const { formatValue } = context
  context.seen[context.seen.length] = value
  context.indentation += 4
  const text = formatValue(context, stack, level + 1)
  context.indentation -= 4
  context.seen.length -= 1
  return `${header}\n    ${text}`
}

/** What `Error.prototype.toString` gives, as far as it needs no guest code. */
function headerOf(value: object): string {
  const name = findData(value, 'name') ?? 'Error'
  const message = findData(value, 'message') ?? ''
  const nameText = isObject(name) ? 'Error' : toText(name)
  const messageText = isObject(message) ? '' : toText(message)
  if (nameText === '') return messageText
  return messageText === '' ? nameText : `${nameText}: ${messageText}`
}

function hideKeys(keys: List<PropertyKey>, stack: string, name: unknown, message: unknown): void {
  removeKey(keys, 'stack')
  if (typeof message !== 'string' || stringIndexOf(stack, message) !== -1) removeKey(keys, 'message')
  if (typeof name !== 'string' || stringIndexOf(stack, name) !== -1) removeKey(keys, 'name')
}

function indexOfKey(keys: Readonly<List<PropertyKey>>, key: PropertyKey): number {
  for (let index = 0; index < keys.length; index++) if (keys[index] === key) return index
  return -1
}

function removeKey(keys: List<PropertyKey>, key: PropertyKey): void {
  const found = indexOfKey(keys, key)
  if (found === -1) return
  for (let index = found; index < keys.length - 1; index++) keys[index] = keys[index + 1] as PropertyKey
  keys.length -= 1
}

function addKey(keys: List<PropertyKey>, key: PropertyKey): void {
  if (indexOfKey(keys, key) === -1) append(keys, key)
}

/** Names the class where the stack begins with the name of a class above it. */
function nameClass(stack: string, name: string, identity: Identity): string {
  if (!stringEndsWith(name, 'Error') || !stringStartsWith(stack, name)) return stack
  const rest = stringSlice(stack, name.length)
  if (rest !== '' && rest[0] !== ':' && rest[0] !== '\n') return stack
  const prefix = stringSlice(prefixOf(identity, 'Error'), 0, -1)
  if (prefix === name) return stack
  return (stringIndexOf(prefix, name) === -1 ? `${prefix} [${name}]` : prefix) + rest
}
