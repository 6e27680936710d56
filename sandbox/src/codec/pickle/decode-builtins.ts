// Constructors of sets, bytes, numbers and dicts, as pickles call them.
import {
  ArrayBufferIntrinsic,
  BigIntIntrinsic,
  bigIntToString,
  charCodeAt,
  isArray,
  objectHasOwn,
  SetIntrinsic,
  StringIntrinsic,
  stringSlice,
  stringStartsWith,
  toText,
  typedArrayLength,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { decodeError } from '../codec-error.ts'
import { copyBytes } from './bytes.ts'
import { argument, isBytes, isInt } from './call-arguments.ts'
import type { Args, Globals } from './call-arguments.ts'
import { createDict } from './machine.ts'
import type { Machine } from './machine.ts'
import { createMarked, mark } from './marks.ts'
import { addAll, createFrozenset } from './sequences.ts'
import { isDecimal, isFraction, isUuid } from './text-forms.ts'
import { tokenOf } from './tokens.ts'

const BUILTINS = 'builtins.'

/** The state that CPython writes for a UUID: a dict with the value as an integer. The result is a String object. */
export function buildUuid(state: unknown): unknown {
  const hasInt = typeof state === 'object' && state !== null && objectHasOwn(state, 'int')
  const value = hasInt ? (state as { readonly int: unknown }).int : undefined
  const integer = isInt(value) ? BigIntIntrinsic(value) : -1n
  if (integer < 0n || integer >> 128n !== 0n) throw decodeError('uuid.UUID has a state that is not one')
  // A one in front keeps the leading zeros.
  const hex = bigIntToString(integer | (1n << 128n), 16)
  let text = stringSlice(hex, 1, 9)
  for (let at = 9; at < 21; at += 4) text += `-${stringSlice(hex, at, at + 4)}`
  return mark(new StringIntrinsic(`${text}-${stringSlice(hex, 21)}`), 'uuid.UUID')
}

/** Inside of one function, like the other groups: a snapshot pays for each function, and most pickles name no global. */
export function createBuiltinGlobals(): Globals {
  return {
    __proto__: null,
    'builtins.bool': null,
    'builtins.bytearray': toBytearray,
    'builtins.bytes': toBytes,
    'builtins.complex': toComplex,
    'builtins.dict': null,
    'builtins.float': null,
    'builtins.frozenset': toFrozenset,
    'builtins.int': null,
    'builtins.list': null,
    'builtins.object': null,
    'builtins.range': toRange,
    'builtins.set': toSet,
    'builtins.str': null,
    'builtins.tuple': null,
    '_codecs.encode': encodeLatin1,
    'collections.OrderedDict': toOrderedDict,
    'collections.defaultdict': toDefaultdict,
    'decimal.Decimal': toDecimal,
    'fractions.Fraction': toFraction,
    'uuid.UUID': toUuid,
  }

  function toSet(args: Args): unknown {
    const items = argument(args, 0)
    const set = new SetIntrinsic<unknown>()
    if (isArray(items)) addAll(set, items, 0, items.length)
    return items === undefined || isArray(items) ? set : undefined
  }

  function toFrozenset(args: Args): unknown {
    const items = argument(args, 0) ?? []
    return isArray(items) ? createFrozenset(items, 0, items.length) : undefined
  }

  function toBytes(args: Args): unknown {
    return args.length === 0 ? new Uint8ArrayIntrinsic(new ArrayBufferIntrinsic(0)) : undefined
  }

  function toBytearray(args: Args): unknown {
    const source = argument(args, 0)
    let bytes: unknown
    if (source === undefined) bytes = toBytes([])
    else if (typeof source === 'string') bytes = encodeLatin1(args)
    else if (isBytes(source)) bytes = copyBytes(source, 0, typedArrayLength(source))
    return isBytes(bytes) ? mark(bytes, 'bytearray') : undefined
  }

  /** `_codecs.encode(text, 'latin1')`: how protocols 0 to 2 write bytes. */
  function encodeLatin1(args: Args): unknown {
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

  function toComplex(args: Args): unknown {
    const real = argument(args, 0)
    const imag = argument(args, 1)
    const isComplex = typeof real === 'number' && typeof imag === 'number'
    return isComplex ? createMarked('complex', ['real', 'imag'], [real, imag]) : undefined
  }

  function toRange(args: Args): unknown {
    if (args.length !== 3 || !isInt(args[0]) || !isInt(args[1]) || !isInt(args[2])) return undefined
    return createMarked('range', ['start', 'stop', 'step'], args)
  }

  /** A number that keeps every digit: a String object, which text and arithmetic take for the text it holds. */
  function toDecimal(args: Args): unknown {
    const text = argument(args, 0)
    if (typeof text !== 'string' || !isDecimal(text)) return undefined
    return mark(new StringIntrinsic(text), 'decimal.Decimal')
  }

  function toFraction(args: Args): unknown {
    const numerator = argument(args, 0)
    const denominator = argument(args, 1)
    let text = numerator
    if (isInt(numerator) && isInt(denominator) && denominator > 0) {
      text = denominator == 1 ? toText(numerator) : `${toText(numerator)}/${toText(denominator)}`
    }
    if (typeof text !== 'string' || !isFraction(text)) return undefined
    return mark(new StringIntrinsic(text), 'fractions.Fraction')
  }

  function toOrderedDict(args: Args, machine: Machine, origin: number): unknown {
    return args.length === 0 ? mark(createDict(machine, origin), 'collections.OrderedDict') : undefined
  }

  /** The factory is one of the built-in classes, whose name goes into the mark, or none. */
  function toDefaultdict(args: Args, machine: Machine, origin: number): unknown {
    const factory = argument(args, 0) ?? null
    const token = tokenOf(factory)
    let type = 'collections.defaultdict'
    if (token !== null) {
      if (token.kind !== 'global' || !stringStartsWith(token.name, BUILTINS)) return undefined
      type = `collections.defaultdict(${stringSlice(token.name, BUILTINS.length)})`
    } else if (factory !== null) return undefined
    return mark(createDict(machine, origin), type)
  }

  /** `uuid.UUID('…')`: how the encoder writes one. */
  function toUuid(args: Args): unknown {
    const text = argument(args, 0)
    return typeof text === 'string' && isUuid(text) ? mark(new StringIntrinsic(text), 'uuid.UUID') : undefined
  }
}
