// Pickles of data to JavaScript values: protocols 0 to 5, nothing that runs code.
import { decodeBase64 } from '../base64.ts'
import { MAX_PICKLE_CHARACTERS } from '../bounds.ts'
import { decodeError } from '../codec-error.ts'
import { createMachine, createPlan } from './machine.ts'
import type { Plan } from './machine.ts'
import { runPickle } from './run-pickle.ts'

/**
 * The value of a base64 pickle; `docs/protocol.md` has the table of types. Runs no guest code.
 * Throws a `decode` error, with CPython's words where CPython would refuse too.
 */
export function decodePickle(base64: string): unknown {
  if (base64.length > MAX_PICKLE_CHARACTERS) {
    throw decodeError(`A pickle has ${base64.length} characters; the limit is ${MAX_PICKLE_CHARACTERS} characters`)
  }
  const bytes = decodeBase64(base64)
  const first = createMachine(null)
  const value = runPickle(bytes, first)
  return first.needsPlan ? runWithPlan(bytes) : value
}

/** The first of these runs finds every dict that must be a map from its beginning, the second makes the value. */
function runWithPlan(bytes: Uint8Array): unknown {
  const found = createPlan()
  const value = runPickle(bytes, createMachine(found))
  if (found.isComplete) return value
  const known: Plan = createPlan(found.maps)
  const result = runPickle(bytes, createMachine(known))
  if (!known.isComplete) throw decodeError('A dict refers to itself in a way that cannot be decoded')
  return result
}
