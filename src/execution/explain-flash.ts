// How a failed call of a deployed function is told: upstream's one line, the stack among what was printed.
import type { Invocation } from '../core/invocation.ts'
import type { Outcome } from '../core/outcome.ts'
import type { ErrorCode } from '../errors.ts'

type Failed = Extract<Outcome, { ok: false }>

/** Failures that upstream's worker words as one of the deployed function (protocol.md §5.3). */
const WORDED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'GUEST_THREW',
  'COMPILE_FAILED',
  'INPUT_INVALID',
  'ARGUMENTS_MISMATCH',
  'ENTRY_NOT_FOUND',
  'ENTRY_NOT_CALLABLE',
])

export function explainFlash(outcome: Failed, { name, source }: Invocation): Failed {
  const { failure, stdout } = outcome
  if (!WORDED.has(failure.code) || source.mode === 'live') return outcome
  // Of a name that is not there the guest program says nothing but the name; a method has a sentence of its own.
  const isMissing = failure.code === 'ENTRY_NOT_FOUND' && failure.message === name
  const detail = isMissing ? `module '${source.module.name}' has no attribute '${name}'` : failure.message
  return {
    ...outcome,
    stdout: failure.stack === undefined ? stdout : `${stdout ?? ''}${failure.stack}\n`,
    failure: { code: failure.code, message: `Failed to execute Flash function '${name}': ${detail}`, detail },
  }
}
