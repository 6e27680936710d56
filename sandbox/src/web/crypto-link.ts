// Between the entries of the isolate and the operations of `crypto.subtle`, which few isolates load: what these need of the
// calls, and what they are told once there are some.
import type { Calls } from '../run/calls.ts'

export interface CryptoLink {
  calls: Pick<Calls, 'current' | 'heirUpTo' | 'isOver' | 'lastBegun'> | undefined
  /** The host has an answer. */
  answer: ((payload: string) => void) | undefined
  /** A call has begun, which can have what waits for one. */
  begun: (() => void) | undefined
  /** A call has ended: what it waits for is left to others, or dropped. */
  ended: ((id: number) => void) | undefined
}

export const cryptoLink = {
  __proto__: null,
  calls: undefined,
  answer: undefined,
  begun: undefined,
  ended: undefined,
} as CryptoLink
