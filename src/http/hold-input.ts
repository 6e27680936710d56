// Between a parsed request and its execution: what it holds from now on must fit.
import { heldCharacters } from '../protocol/parse.ts'
import type { ParsedRequest } from '../protocol/parse.ts'
import { BUFFERS_FULL, refuse } from './answer.ts'
import type { Answer } from './answer.ts'
import type { Lease } from './buffer-budget.ts'

/** Makes the lease of the body that of the input; null, or the refusal. Numbers can grow when they are written again. */
export function holdInput(parsed: ParsedRequest, lease: Lease): Answer | null {
  return lease.resize(heldCharacters(parsed)) ? null : refuse(BUFFERS_FULL)
}
