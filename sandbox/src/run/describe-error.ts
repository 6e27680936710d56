// Turns whatever the guest threw into two bounded texts: a message, and a stack that shows submitted code only.
import { loadConsoleCalls } from '../globals/console-calls.ts'
import {
  isObject,
  jsonStringify,
  objectHasOwn,
  objectKeys,
  stringIndexOf,
  stringSlice,
  stringStartsWith,
  toText,
} from '../intrinsics.ts'

const MAX_MESSAGE_CHARACTERS = 4_096
const MAX_STACK_CHARACTERS = 4_096

/** Where the guest program's own frames come from; they are cut. */
const OWN_FRAME = 'worker-isolate:'

/** The payload of every failing op: JSON `[message, stack]`. Runs guest code (getters, traps), never throws. */
export function describeError(thrown: unknown): string {
  const message = clip(messageOf(thrown), MAX_MESSAGE_CHARACTERS)
  const stack = clip(cutStack(stackOf(thrown)), MAX_STACK_CHARACTERS)
  const details = stack === '' ? '' : detailsOf(thrown)
  return pair(message, details === '' ? stack : clip(`${stack} ${details}`, MAX_STACK_CHARACTERS))
}

/** The payload of a failure that the guest program itself found: a message without a stack. */
export function describeFailure(message: string): string {
  return pair(clip(message, MAX_MESSAGE_CHARACTERS), '')
}

/** Strings have no `toJSON` to call: this cannot run guest code. */
function pair(message: string, stack: string): string {
  return `[${jsonStringify(message)},${jsonStringify(stack)}]`
}

function messageOf(thrown: unknown): string {
  try {
    if (!isObject(thrown)) return typeof thrown === 'string' ? thrown : toText(thrown)
    const { message } = thrown as { readonly message?: unknown }
    if (typeof message === 'string') return message
    const text = jsonStringify(thrown) as string | undefined
    return text === undefined
      ? 'An object was thrown that is not an Error'
      : `${text} was thrown, which is not an Error`
  } catch {
    return 'A value was thrown that cannot be shown'
  }
}

function stackOf(thrown: unknown): string {
  try {
    if (!isObject(thrown)) return ''
    const { stack } = thrown as { readonly stack?: unknown }
    return typeof stack === 'string' ? stack : ''
  } catch {
    return ''
  }
}

/** The cause, and what else an error has of its own, as the console shows it behind a stack. */
function detailsOf(thrown: unknown): string {
  try {
    if (!isObject(thrown) || !hasDetails(thrown)) return ''
    const { details } = loadConsoleCalls()
    return details(thrown) ?? ''
  } catch {
    return ''
  }
}

/** Most errors have none, and need nothing of the console. */
function hasDetails(error: object): boolean {
  if (objectHasOwn(error, 'cause') || objectHasOwn(error, 'errors')) return true
  const keys = objectKeys(error)
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at]
    if (key !== 'stack' && key !== 'name' && key !== 'message') return true
  }
  return false
}

/** Drops the frames of the guest program, line by line. */
function cutStack(stack: string): string {
  let kept = ''
  let from = 0
  // A stack is ten frames; one that a guest wrote itself may be anything, so that only its beginning is looked at.
  const text = clip(stack, 2 * MAX_STACK_CHARACTERS)
  while (from <= text.length) {
    const end = stringIndexOf(text, '\n', from)
    const line = stringSlice(text, from, end === -1 ? text.length : end)
    if (!stringStartsWith(line, '    at ') || stringIndexOf(line, OWN_FRAME) === -1) {
      kept = kept === '' ? line : `${kept}\n${line}`
    }
    if (end === -1) break
    from = end + 1
  }
  return kept
}

function clip(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : `${stringSlice(text, 0, maxCharacters)}… [cut]`
}
