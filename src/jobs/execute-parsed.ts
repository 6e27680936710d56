// From what a body parsed to, to an execution: a request that breaks a field rule is answered without running anything.
import { notRun } from '../core/outcome.ts'
import type { ErrorCode, Failure } from '../errors.ts'
import type { Execute, ExecuteContext, Execution } from '../execution/execute.ts'
import { failedResponse } from '../protocol/function-response.ts'
import type { ParsedRequest } from '../protocol/parse.ts'

export async function executeParsed(
  execute: Execute,
  parsed: ParsedRequest,
  context: ExecuteContext,
): Promise<Execution> {
  if (parsed.ok) return execute(parsed.request, context)
  return failedExecution({ code: parsed.code, message: parsed.message })
}

/** The execution of something that never ran. */
export function failedExecution(failure: Failure): Execution {
  return { response: failedResponse(failure), code: failure.code, usage: notRun(failure).usage }
}

const REFUSALS: ReadonlySet<ErrorCode> = new Set(['QUEUE_FULL', 'DRAINING', 'EXECUTORS_UNAVAILABLE'])

/** Whether an outcome means that the machinery never accepted the request: the only outcomes that are not a 200. */
export function isRefusal(code: ErrorCode | null): code is ErrorCode {
  return code !== null && REFUSALS.has(code)
}
