// Constructors of sets, bytes, numbers and dicts, as pickles call them. Undefined for arguments that are not those of data.
import {
  ArrayBufferIntrinsic,
  charCodeAt,
  isArray,
  isSafeInteger,
  regExpExec,
  SetIntrinsic,
  StringIntrinsic,
  stringSlice,
  stringStartsWith,
  toText,
  typedArrayLength,
  typedArrayName,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { copyBytes } from './bytes.ts'
import { createDict } from './machine.ts'
import type { Machine } from './machine.ts'
import { createMarked, mark } from './marks.ts'
import { addAll, createFrozenset } from './sequences.ts'
import { tokenOf } from './tokens.ts'

type Args = readonly unknown[]

/** As `decimal.Decimal` reads it. */
export const DECIMAL = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|s?nan\d*)$/i
export const FRACTION = /^-?\d+(?:\/\d+)?$/

const BUILTINS = 'builtins.'

/** An argument that may be missing. */
export function argument(args: Args, index: number): unknown {
  return index < args.length ? args[index] : undefined
}

export function toSet(args: Args): unknown {
  const items = argument(args, 0)
  const set = new SetIntrinsic<unknown>()
  if (isArray(items)) addAll(set, items, 0, items.length)
  return items === undefined || isArray(items) ? set : undefined
}

export function toFrozenset(args: Args): unknown {
  const items = argument(args, 0) ?? []
  return isArray(items) ? createFrozenset(items, 0, items.length) : undefined
}

export function toBytes(args: Args): unknown {
  return args.length === 0 ? new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(0)) : undefined
}

export function toBytearray(args: Args): unknown {
  const source = argument(args, 0)
  let bytes: unknown
  if (source === undefined) bytes = toBytes([])
  else if (typeof source === 'string') bytes = encodeLatin1(args)
  else if (isBytes(source)) bytes = copyBytes(source, 0, typedArrayLength(source))
  return isBytes(bytes) ? mark(bytes, 'bytearray') : undefined
}

export function isBytes(value: unknown): value is Uint8Array {
  return typedArrayName(value) === 'Uint8Array'
}

/** `_codecs.encode(text, 'latin1')`: how protocols 0 to 2 write bytes. */
export function encodeLatin1(args: Args): unknown {
  const text = argument(args, 0)
  const encoding = argument(args, 1)
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) return undefined
  const { length } = text
  const bytes = new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(length))
  for (let index = 0; index < length; index += 1) {
    const code = charCodeAt(text, index)
    if (code > 0xff) return undefined
    bytes[index] = code
  }
  return bytes
}

export function toComplex(args: Args): unknown {
  const real = argument(args, 0)
  const imag = argument(args, 1)
  const isComplex = typeof real === 'number' && typeof imag === 'number'
  return isComplex ? createMarked('complex', ['real', 'imag'], [real, imag]) : undefined
}

export function toRange(args: Args): unknown {
  if (args.length !== 3 || !isInt(args[0]) || !isInt(args[1]) || !isInt(args[2])) return undefined
  return createMarked('range', ['start', 'stop', 'step'], args)
}

export function isInt(value: unknown): value is number | bigint {
  return isSafeInteger(value) || typeof value === 'bigint'
}

/** A number that keeps every digit: a String object, which text and arithmetic take for the text it holds. */
export function toDecimal(args: Args): unknown {
  const text = argument(args, 0)
  if (typeof text !== 'string' || regExpExec(DECIMAL, text) === null) return undefined
  return mark(new StringIntrinsic(text), 'decimal.Decimal')
}

export function toFraction(args: Args): unknown {
  const numerator = argument(args, 0)
  const denominator = argument(args, 1)
  let text = numerator
  if (isInt(numerator) && isInt(denominator) && denominator > 0) {
    text = denominator == 1 ? toText(numerator) : `${toText(numerator)}/${toText(denominator)}`
  }
  if (typeof text !== 'string' || regExpExec(FRACTION, text) === null) return undefined
  return mark(new StringIntrinsic(text), 'fractions.Fraction')
}

export function toOrderedDict(args: Args, machine: Machine, origin: number): unknown {
  return args.length === 0 ? mark(createDict(machine, origin), 'collections.OrderedDict') : undefined
}

/** The factory is one of the built-in classes, whose name goes into the mark, or none. */
export function toDefaultdict(args: Args, machine: Machine, origin: number): unknown {
  const factory = argument(args, 0) ?? null
  const token = tokenOf(factory)
  let type = 'collections.defaultdict'
  if (token !== null) {
    if (token.kind !== 'global' || !stringStartsWith(token.name, BUILTINS)) return undefined
    type = `collections.defaultdict(${stringSlice(token.name, BUILTINS.length)})`
  } else if (factory !== null) return undefined
  return mark(createDict(machine, origin), type)
}
