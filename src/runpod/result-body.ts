// The end of a job as the platform takes it (protocol.md §2.1, §3.3). Values are text that is spliced and never decoded.
import { SERVICE_FAILED } from '../core/failures.ts'
import { groupDigits } from '../core/group-digits.ts'
import type { Execution } from '../execution/execute.ts'
import { describeFailure } from '../protocol/failure-text.ts'
import { writeJobOutput } from '../protocol/function-response.ts'
import type { FunctionResponse } from '../protocol/function-response.ts'

export interface ResultOptions {
  /** Whether a result may ask the platform for another worker. */
  readonly honorsRefresh: boolean
}

/** The body of a result that is one value. */
export function writeResult({ response }: Pick<Execution, 'response'>, { honorsRefresh }: ResultOptions): string {
  const output = writeJobOutput(response)
  const stop = honorsRefresh && response.plain?.asksRefresh === true ? '"stopPod":true' : null
  // An object without entries is none, as upstream has it.
  return writeBody([output === null || output === '{}' ? null : `"output":${output}`, errorPart(response.error), stop])
}

/**
 * The body behind the chunks of a stream: what was given is not given again, unless the deployment wants the list of it.
 * @param error why the stream ended early; null when its code ended it.
 */
export function writeStreamEnd({ response }: Pick<Execution, 'response'>, error: string | null): string {
  const failure = error ?? response.error
  if (failure !== null && failure !== '') return writeBody([errorPart(failure)])
  return writeBody([`"output":${listOf(response) ?? '[]'}`])
}

export function writeError(error: string): string {
  return writeBody([errorPart(error)])
}

/** What takes the place of a result that the platform refuses, which may be for its size only. */
export function writeRefused(bytes: number, status: number): string {
  const message =
    `The result is ${groupDigits(bytes)} bytes, and the platform refused it with status ${status}; ` +
    'its limit is 10 MB for /run and 20 MB for /runsync.'
  return writeError(describeFailure({ code: 'LIMIT_OUTPUT', message, used: bytes }))
}

export interface WorkerNames {
  readonly workerId: string
  readonly hostname: string
  readonly version: string
}

/** A defect of the service, in upstream's form of an exception; where it happened is in the log. */
export function writeInternalError({ workerId, hostname, version }: WorkerNames): string {
  const error = {
    error_type: 'INTERNAL',
    error_message: SERVICE_FAILED.message,
    error_traceback: '',
    hostname,
    worker_id: workerId,
    runpod_version: version,
  }
  return writeError(JSON.stringify(error))
}

/** JSON; null when it is not asked for. */
function listOf({ plain, jsonResult, result }: FunctionResponse): string | null {
  if (plain !== undefined) return plain.output
  return jsonResult ?? (result === null ? null : JSON.stringify(result))
}

function errorPart(error: string | null): string | null {
  return error === null || error === '' ? null : `"error":${JSON.stringify(error)}`
}

function writeBody(parts: readonly (string | null)[]): string {
  return `{${parts.filter((part) => part !== null).join(',')}}`
}
