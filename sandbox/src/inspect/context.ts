// The state of one inspection: its options, where in the value it stands, and how much it may still write.
import { mathMax, stringSlice } from '../intrinsics.ts'
import type { List } from './list.ts'

/** What the text of one call may have; more is cut. */
export const MAX_CALL_CHARACTERS = 128 * 1024
/** How many values one call looks at; more are left out. */
export const MAX_CALL_VISITS = 50_000
/** Bounds the recursion, whatever depth is asked for. */
export const MAX_DEPTH = 100

/** What is left of the two bounds above; one budget serves all arguments of one call. */
export interface Budget {
  characters: number
  visits: number
}

/** The options of Node's `util.inspect` that are understood here, with its defaults. */
export interface InspectOptions {
  readonly depth: number
  readonly breakLength: number
  /** 0 puts every entry on a line of its own. */
  readonly compact: number
  readonly maxArrayLength: number
  readonly maxStringLength: number
  readonly showHidden: boolean
  /** Whether `[Symbol.for('nodejs.util.inspect.custom')]` is called. */
  readonly customInspect: boolean
}

export interface Context extends InspectOptions {
  readonly budget: Budget
  /** The objects around the one that is formatted, outermost first. */
  readonly seen: List<object>
  /** The numbers of the objects that were met inside themselves. */
  circular: Map<object, number> | undefined
  indentation: number
  /** The level of the object that was entered last. */
  lastLevel: number
  /** How many custom methods are being answered by objects that are formatted in their place. */
  customCalls: number
  /** Comes with the context, so that the files of this folder need no imports in a circle. */
  readonly formatValue: FormatValue
}

/** `level` counts the objects around `value`. */
export type FormatValue = (context: Context, value: unknown, level: number) => string

export const DEFAULT_OPTIONS = {
  __proto__: null,
  depth: 2,
  breakLength: 80,
  compact: 3,
  maxArrayLength: 100,
  maxStringLength: 10_000,
  showHidden: false,
  customInspect: true,
} as InspectOptions

export function createBudget(): Budget {
  // One character more, so that a budget that is used up tells of a text that is too long.
  return { __proto__: null, characters: MAX_CALL_CHARACTERS + 1, visits: MAX_CALL_VISITS } as Budget
}

export function isSpent(budget: Budget): boolean {
  return budget.characters <= 0 || budget.visits <= 0
}

/** As much of the text as the budget allows, which pays for it. */
export function take(budget: Budget, text: string): string {
  const kept = text.length <= budget.characters ? text : stringSlice(text, 0, mathMax(budget.characters, 0))
  budget.characters -= text.length
  return kept
}
