// What stands on the pickle machine's stack without being data: it must never reach the guest.
import { decodeError } from '../codec-error.ts'

export type TokenRecord =
  /** A class or function of the table of globals. */
  | { readonly kind: 'global'; readonly name: string }
  /** A tuple that holds tokens: arguments or a state. */
  | { readonly kind: 'tuple'; readonly items: readonly unknown[] }
  /** `uuid.UUID` before its state. */
  | { readonly kind: 'uuid' }
  /** `numpy.dtype`; its state says which byte comes first. */
  | { readonly kind: 'dtype'; readonly code: string; isBigEndian: boolean }
  /** `numpy.ndarray` before its state. */
  | { readonly kind: 'ndarray' }

/** A function, since data never is one: `typeof` tells the two apart, whatever the guest did. */
export type Token = () => TokenRecord

export function createToken(record: TokenRecord): Token {
  return () => record
}

/** The record of a token, null for data. */
export function tokenOf(value: unknown): TokenRecord | null {
  return typeof value === 'function' ? (value as Token)() : null
}

/** The data that `value` must be. */
export function checkData(value: unknown): void {
  const token = tokenOf(value)
  if (token !== null) throw decodeError(`${describeToken(token)} is not data`)
}

function describeToken(token: TokenRecord): string {
  switch (token.kind) {
    case 'global':
      return `${token.name} is a class or function, which`
    case 'tuple':
      return 'A tuple that holds a class, a function or an unfinished object'
    case 'dtype':
      return 'numpy.dtype'
    default:
      return `An unfinished object (${token.kind})`
  }
}
