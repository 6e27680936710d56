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
import type { Budget, Context } from './context.ts'
import { prefixOf } from './identity.ts'
import type { Identity } from './identity.ts'
import { indentLines } from './lines.ts'
import { append, createList, joinTexts } from './list.ts'
import type { List } from './list.ts'
import { askProperty, findData } from './read.ts'
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
  let stack = take(budget, stackOf(context, value, level))
  const name = askProperty(value, 'name') ?? 'Error'
  const message = askProperty(value, 'message')
  stack = renewMessage(budget, stack, name, message)
  if (!context.showHidden) hideKeys(keys, stack, name, message)
  if (objectHasOwn(value, 'cause')) addKey(keys, 'cause')
  if (objectHasOwn(value, 'errors') && isArray(findData(value, 'errors'))) addKey(keys, 'errors')
  if (typeof name === 'string') stack = nameClass(stack, name, identity)

  const framesAt = findFrames(stack, message)
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

/** V8 keeps the message that an error is made with: another one, and what a getter says, is in no stack. */
function renewMessage(budget: Budget, stack: string, name: unknown, message: unknown): string {
  if (typeof name !== 'string' || typeof message !== 'string' || message === '') return stack
  // A stack that begins otherwise is the guest's own text.
  if (!stringStartsWith(stack, name)) return stack
  const next = stack[name.length]
  if (next !== undefined && next !== ':' && next !== '\n') return stack
  const framesAt = stringIndexOf(stack, FRAME_START)
  const messageAt = stringIndexOf(stack, message, name.length)
  if (messageAt !== -1 && (framesAt === -1 || messageAt < framesAt)) return stack
  return `${name}: ${take(budget, message)}${framesAt === -1 ? '' : stringSlice(stack, framesAt)}`
}

/** Where the frames begin: behind the message, which may look like frames itself and may be part of a real one. */
function findFrames(stack: string, message: unknown): number {
  const first = stringIndexOf(stack, FRAME_START)
  if (first === -1 || typeof message !== 'string' || message === '') return first
  const messageAt = stringIndexOf(stack, message)
  return messageAt > 0 && messageAt < first ? stringIndexOf(stack, FRAME_START, messageAt + message.length) : first
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
