// Any value as text, in the form of Node's `util.inspect`.
import { apply, isArray, isObject, mathMax, mathMin, symbolFor, toText } from '../intrinsics.ts'
import { createBudget, DEFAULT_OPTIONS, isSpent, MAX_DEPTH, take } from './context.ts'
import type { Budget, Context, InspectOptions } from './context.ts'
import { indentLines } from './lines.ts'
import { createList } from './list.ts'
import { formatObject } from './object.ts'
import { formatPrimitive } from './primitive.ts'
import { findData, ownData } from './read.ts'

/** What stands for a value that throws when it is looked at. */
const UNREADABLE = '<cannot be inspected>'

const CUSTOM = symbolFor('nodejs.util.inspect.custom')
/** Bounds methods under that symbol that return objects with methods under that symbol. */
const MAX_CUSTOM_CALLS = 10

/** Never throws. What is beyond the budget is missing from the text. */
export function inspect(
  value: unknown,
  options: InspectOptions = DEFAULT_OPTIONS,
  budget: Budget = createBudget(),
): string {
  return formatValue(createContext(options, budget), value, 0)
}

/** For one value, or for members of one whose own text is not wanted. */
export function createContext(options: InspectOptions, budget: Budget): Context {
  return {
    __proto__: null,
    depth: mathMin(options.depth, MAX_DEPTH),
    breakLength: options.breakLength,
    compact: options.compact,
    maxArrayLength: options.maxArrayLength,
    maxStringLength: options.maxStringLength,
    showHidden: options.showHidden,
    customInspect: options.customInspect,
    budget,
    seen: createList<object>(),
    circular: undefined,
    indentation: 0,
    lastLevel: 0,
    customCalls: 0,
    formatValue,
  } as Context
}

function formatValue(context: Context, value: unknown, level: number): string {
  const { budget, seen, indentation, customCalls } = context
  if (isSpent(budget)) return ''
  budget.visits -= 1
  if (!isObject(value)) return formatPrimitive(context, value)
  const depth = seen.length
  try {
    if (isRevoked(value)) return '<Revoked Proxy>'
    return callCustom(context, value, level) ?? formatObject(context, value, level)
  } catch {
    seen.length = depth
    context.indentation = indentation
    context.customCalls = customCalls
    return UNREADABLE
  }
}

/** Of all values, `Array.isArray` refuses only these. */
function isRevoked(value: object): boolean {
  try {
    isArray(value)
    return false
  } catch {
    return true
  }
}

/** What the object's own method says it looks like; undefined when it has none. */
function callCustom(context: Context, value: object, level: number): string | undefined {
  if (!context.customInspect || context.customCalls >= MAX_CUSTOM_CALLS) return undefined
  const method = findData(value, CUSTOM)
  if (typeof method !== 'function') return undefined
  // The prototype of a class has the method too, but is no instance.
  const constructor = ownData(value, 'constructor')
  if (typeof constructor === 'function' && ownData(constructor, 'prototype') === value) return undefined
  const { depth, breakLength, compact, maxArrayLength, maxStringLength, showHidden } = context
  const options = {
    depth,
    breakLength,
    compact,
    maxArrayLength,
    maxStringLength,
    showHidden,
    customInspect: true,
    stylize,
  }
  const result: unknown = apply(method, value, [depth - level, options, inspectForGuest])
  if (result === value) return undefined
  if (typeof result === 'string') return indentLines(context.budget, take(context.budget, result), context.indentation)
  const { formatValue: format } = context
  context.customCalls += 1
  const text = format(context, result, level)
  context.customCalls -= 1
  return text
}

/** Texts have no colours here. */
const stylize = (text: unknown): string => toText(text)

/** Handed to methods of the guest; one call of it is bounded as one call of the console is. */
const inspectForGuest = (value: unknown, options?: unknown): string => inspect(value, readOptions(options))

/** The options that are understood, from an object of the guest; everything else has its default. May throw. */
export function readOptions(options: unknown, customInspect = true): InspectOptions {
  if (!isObject(options)) return { ...DEFAULT_OPTIONS, __proto__: null, customInspect } as InspectOptions
  const depth = ownData(options, 'depth')
  const compact = ownData(options, 'compact')
  return {
    __proto__: null,
    depth: depth === null ? MAX_DEPTH : numberOr(depth, DEFAULT_OPTIONS.depth),
    breakLength: numberOr(ownData(options, 'breakLength'), DEFAULT_OPTIONS.breakLength),
    compact: compact === false ? 0 : numberOr(compact, DEFAULT_OPTIONS.compact),
    maxArrayLength: limitOr(ownData(options, 'maxArrayLength'), DEFAULT_OPTIONS.maxArrayLength),
    maxStringLength: limitOr(ownData(options, 'maxStringLength'), DEFAULT_OPTIONS.maxStringLength),
    showHidden: ownData(options, 'showHidden') === true,
    customInspect: customInspect
      ? ownData(options, 'customInspect') !== false
      : ownData(options, 'customInspect') === true,
  } as InspectOptions
}

/** NaN counts as absent. */
function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' && value === value ? value : fallback
}

/** `null` stands for no limit. */
function limitOr(value: unknown, fallback: number): number {
  return value === null ? Infinity : mathMax(numberOr(value, fallback), 0)
}
