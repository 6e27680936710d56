// What an error has beside its stack, in the form in which Node's report of an uncaught error goes on behind it.
import { objectHasOwn } from '../intrinsics.ts'
import { DEFAULT_OPTIONS, isSpent } from './context.ts'
import type { Budget, Context, InspectOptions } from './context.ts'
import { append, createList, joinTexts } from './list.ts'
import type { List } from './list.ts'
import { formatProperty } from './property.ts'
import { listKeys } from './read.ts'
import { createContext } from './value.ts'

/** Of a few levels, of which the methods of the guest that make texts are not asked. */
const OPTIONS = {
  ...DEFAULT_OPTIONS,
  __proto__: null,
  depth: 3,
  maxArrayLength: 5,
  maxStringLength: 1_000,
  customInspect: false,
} as InspectOptions
/** Properties may be whole requests: they leave room for the cause. */
const PROPERTY_CHARACTERS = 1_000
const PROPERTY_VISITS = 100
const CAUSE_CHARACTERS = 3_000
const CAUSE_VISITS = 300

/** In braces; '' when there is nothing. May throw what the traps of a proxy throw. */
export function describeDetails(error: object): string {
  const entries = createList<string>()
  appendEntries(entries, error, listOwn, PROPERTY_CHARACTERS, PROPERTY_VISITS)
  appendEntries(entries, error, listCauses, CAUSE_CHARACTERS, CAUSE_VISITS)
  return entries.length === 0 ? '' : `{\n  ${joinTexts(entries, ',\n  ')}\n}`
}

type ListKeys = (context: Context, error: object) => List<PropertyKey>

function appendEntries(entries: List<string>, error: object, list: ListKeys, characters: number, visits: number): void {
  const context = createContext(OPTIONS, { __proto__: null, characters, visits } as Budget)
  append(context.seen, error)
  const keys = list(context, error)
  for (let at = 0; at < keys.length && !isSpent(context.budget); at++)
    append(entries, formatProperty(context, error, keys[at] as PropertyKey, 1))
  if (isSpent(context.budget)) append(entries, '... [cut]')
}

/** Without what the stack says, and what comes behind them. */
function listOwn(context: Context, error: object): List<PropertyKey> {
  const kept = createList<PropertyKey>()
  const keys = listKeys(context, error)
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] as PropertyKey
    if (typeof key === 'symbol' || !(key in SAID)) append(kept, key)
  }
  return kept
}

const SAID = { __proto__: null, stack: true, name: true, message: true, cause: true, errors: true }

function listCauses(_context: Context, error: object): List<PropertyKey> {
  const keys = createList<PropertyKey>()
  if (objectHasOwn(error, 'cause')) append(keys, 'cause')
  if (objectHasOwn(error, 'errors')) append(keys, 'errors')
  return keys
}
