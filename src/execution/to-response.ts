// How a task ended, as the FunctionResponse of the wire.
import type { Invocation } from '../core/invocation.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Failure } from '../errors.ts'
import { failedPlainResponse, failedResponse } from '../protocol/function-response.ts'
import type { FunctionResponse } from '../protocol/function-response.ts'
import { liftError } from '../protocol/lift-error.ts'

/** What an answer depends on beside the outcome. */
type Asked = Pick<Invocation, 'name' | 'input' | 'source' | 'method'>

/** Pure; `invocation` tells in which key the value goes and which name was looked for. */
export function toResponse(outcome: Outcome, invocation: Asked): FunctionResponse {
  const { instance, dependencyLock } = outcome
  const response = toBareResponse(outcome, invocation)
  if (instance === undefined && dependencyLock === undefined) return response
  return {
    ...response,
    ...(instance === undefined ? {} : { instance }),
    ...(dependencyLock === undefined ? {} : { dependencyLock }),
  }
}

function toBareResponse(outcome: Outcome, invocation: Asked): FunctionResponse {
  const { stdout } = outcome
  if (!outcome.ok) {
    const { failure } = outcome
    if (failure.code !== 'ENTRY_NOT_FOUND' || invocation.source.mode !== 'live') return failedResponse(failure, stdout)
    return invocation.method === undefined
      ? entryNotFound(invocation.name, stdout)
      : failedResponse(classEntryNotFound(failure, invocation.name), stdout)
  }
  // What went out chunk by chunk, and is not asked for as a list too.
  if (hasNoValue(outcome)) return { success: true, result: null, jsonResult: null, error: null, stdout }
  return invocation.input.format === 'json'
    ? { success: true, result: null, jsonResult: outcome.value, error: null, stdout }
    : { success: true, result: outcome.value, jsonResult: null, error: null, stdout }
}

function hasNoValue({ value, chunks }: Extract<Outcome, { ok: true }>): boolean {
  return chunks !== undefined && value === ''
}

export interface PlainEnding {
  readonly response: FunctionResponse
  /** Null when the function returned, and returned no error. */
  readonly failure: Failure | null
}

/**
 * The same for the plain queue shape, whose errors are the bare message (protocol.md §5.3), and whose results can hold an
 * error, which makes the job fail as one that was thrown (protocol.md §0, trap 1).
 */
export function toPlainResponse(outcome: Outcome, invocation: Asked): PlainEnding {
  if (!outcome.ok) {
    const { failure, stdout } = outcome
    const { detail = failure.message } = failure
    return { response: failedPlainResponse({ ...failure, message: detail }, stdout), failure }
  }
  // Of a stream without a list upstream's worker posts an empty one (protocol.md §3.3).
  const { error, ...plain } = liftError(hasNoValue(outcome) ? '[]' : outcome.value)
  if (error === null) return { response: { ...toResponse(outcome, invocation), plain }, failure: null }
  const failure: Failure = { code: 'GUEST_THREW', message: error }
  return { response: { ...failedResponse(failure, outcome.stdout), plain }, failure }
}

/** Of a class that is not there the guest program says nothing but the name; a method has a sentence of its own. */
function classEntryNotFound(failure: Failure, name: string): Failure {
  return failure.message === name ? { ...failure, message: `Class '${name}' not found in the provided code` } : failure
}

/**
 * Not an error on the wire: the sentence is in `result` and `error` is null, so that a job is COMPLETED (protocol.md §0,
 * trap 2). Upstream's stdout is null here; what the source printed while it loaded is kept all the same.
 */
function entryNotFound(name: string, stdout: string | null): FunctionResponse {
  const result = `Function '${name}' not found in the provided code`
  return {
    success: false,
    result,
    jsonResult: null,
    error: null,
    stdout: stdout === '' ? null : stdout,
  }
}
