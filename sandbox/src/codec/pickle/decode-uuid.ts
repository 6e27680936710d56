// `uuid.UUID` becomes a String object of its usual form.
import {
  BigIntIntrinsic,
  bigIntToString,
  objectHasOwn,
  regExpExec,
  StringIntrinsic,
  stringSlice,
} from '../../intrinsics.ts'
import { decodeError } from '../codec-error.ts'
import { argument, isInt } from './decode-builtins.ts'
import { mark } from './marks.ts'

export const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

/** The state that CPython writes: a dict with the value as an integer. */
export function buildUuid(state: unknown): unknown {
  const hasInt = typeof state === 'object' && state !== null && objectHasOwn(state, 'int')
  const value = hasInt ? (state as { readonly int: unknown }).int : undefined
  const integer = isInt(value) ? BigIntIntrinsic(value) : -1n
  if (integer < 0n || integer >> 128n !== 0n) throw decodeError('uuid.UUID has a state that is not one')
  // A one in front keeps the leading zeros.
  const hex = bigIntToString(integer | (1n << 128n), 16)
  const part = (from: number, to: number): string => stringSlice(hex, from + 1, to + 1)
  return createUuid(`${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`)
}

/** `uuid.UUID('…')`: how the encoder writes one. */
export function toUuid(args: readonly unknown[]): unknown {
  const text = argument(args, 0)
  return typeof text === 'string' && regExpExec(UUID, text) !== null ? createUuid(text) : undefined
}

function createUuid(text: string): object {
  return mark(new StringIntrinsic(text), 'uuid.UUID')
}
