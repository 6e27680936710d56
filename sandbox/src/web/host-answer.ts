// What the host tells of something that waits in the guest: a number, a line feed, what it is, a line feed, the text.
import { stringIndexOf, stringSlice, toNumber } from '../intrinsics.ts'

export interface HostAnswer {
  /** Of what waits. */
  readonly id: number
  readonly kind: string
  readonly text: string
}

/** It has no prototype: a promise that is resolved with it asks nothing that a guest has put on all objects for `then`. */
export function readAnswer(payload: string): HostAnswer {
  const idEnd = stringIndexOf(payload, '\n')
  const kindEnd = stringIndexOf(payload, '\n', idEnd + 1)
  return {
    __proto__: null,
    id: toNumber(stringSlice(payload, 0, idEnd)),
    kind: stringSlice(payload, idEnd + 1, kindEnd),
    text: stringSlice(payload, kindEnd + 1),
  } as HostAnswer
}
