// How a task ended, as the FunctionResponse of the wire.
import type { Invocation } from '../core/invocation.ts'
import type { Outcome } from '../core/outcome.ts'
import { failedResponse } from '../protocol/function-response.ts'
import type { FunctionResponse } from '../protocol/function-response.ts'

/** Pure; `invocation` tells in which key the value goes and which name was looked for. */
export function toResponse(outcome: Outcome, invocation: Pick<Invocation, 'name' | 'input'>): FunctionResponse {
  const { stdout } = outcome
  if (!outcome.ok) {
    if (outcome.failure.code === 'ENTRY_NOT_FOUND') return entryNotFound(invocation.name, stdout)
    return failedResponse(outcome.failure, stdout)
  }
  return invocation.input.format === 'json'
    ? { success: true, result: null, jsonResult: outcome.value, error: null, stdout }
    : { success: true, result: outcome.value, jsonResult: null, error: null, stdout }
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
