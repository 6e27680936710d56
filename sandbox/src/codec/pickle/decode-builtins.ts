// Constructors of sets, bytes, numbers and dicts, as pickles call them. Undefined for arguments that are not those of data.
import {
  ArrayBufferIntrinsic,
  charCodeAt,
  isArray,
  regExpExec,
  SetIntrinsic,
  StringIntrinsic,
  typedArrayLength,
  typedArrayName,
  toText,
  Uint8ArrayIntrinsic,
} from '../../intrinsics.ts'
import { copyBytes } from './bytes.ts'
import { setItems } from './dicts.ts'
import { createDict } from './machine.ts'
import type { Machine } from './machine.ts'
import { createMarked, mark } from './marks.ts'
import { addAll, createFrozenset } from './sequences.ts'
import { tokenOf } from './tokens.ts'

type Args = readonly unknown[]

/** As `decimal.Decimal` reads it. */
export const DECIMAL = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|s?nan\d*)$/i

export function toSet([items]: Args): unknown {
  const set = new SetIntrinsic<unknown>()
  if (isArray(items)) addAll(set, items, 0, items.length)
  return items === undefined || isArray(items) ? set : undefined
}
