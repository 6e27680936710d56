// Between a parsed request and its execution: what it holds from now on must fit.
import { heldCharacters } from '../protocol/parse.ts'
import type { ParsedRequest } from '../protocol/parse.ts'
import { BUFFERS_FULL, refuse } from './answer.ts'
import type { Answer } from './answer.ts'
import type { Lease } from './buffer-budget.ts'

/**
 * Makes the lease of the body that of the input; null, or the refusal, and then the lease is released.
 * Numbers can grow when they are written again: `1e20` has 4 characters as it came and 21 as it goes on.
 */
export function holdInput(parsed: ParsedRequest, lease: Lease): Answer | null {
  if (lease.resize(heldCharacters(parsed))) return null
  lease.release()
  return refuse(BUFFERS_FULL)
}
