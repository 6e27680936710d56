// What a call turns out to mean: a function with its receiver, or why there is none; and the arguments that fit it.
import { bindArguments } from './bind-arguments.ts'
import type { CallInput, Required } from './bind-arguments.ts'
import type { Signatures } from './signatures.ts'

type Callable = (...args: unknown[]) => unknown

/** `name` is what messages call it. */
export type Target =
  | { readonly found: true; readonly fn: Callable; readonly self: unknown; readonly name: string }
  | NoTarget

/** The op that ends the call, and its message. */
export interface NoTarget {
  readonly found: false
  readonly op: number
  readonly message: string
}

export function foundTarget(fn: unknown, self: unknown, name: string): Target {
  return { __proto__: null, found: true, fn, self, name } as Target
}

export function noTarget(op: number, message: string): NoTarget {
  return { __proto__: null, found: false, op, message } as NoTarget
}

interface BindOptions {
  readonly loadSignatures: () => Signatures
  /** Null when a parameter that gets nothing is undefined, as anywhere in JavaScript. */
  readonly required?: Required | null
  /** Whether `fn` is to be called with `new`. */
  readonly isConstructor?: boolean
}

/** The arguments by position, or the sentence that says why they do not fit. */
export function fitArguments(
  fn: object,
  name: string,
  input: CallInput,
  { loadSignatures, required = null, isConstructor = false }: BindOptions,
): readonly unknown[] | string {
  if (input.keys.length === 0 && required === null) return input.args
  const { ofFunction, ofConstructor } = loadSignatures()
  const bound = bindArguments(fn, name, input, isConstructor ? ofConstructor : ofFunction, required)
  return bound.ok ? bound.args : bound.message
}
