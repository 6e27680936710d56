// What a route answers, before it becomes a Response: one record for every body, refusals included.
import { DRAINING as DRAINING_FAILURE, SERVICE_FAILED } from '../core/failures.ts'
import type { Usage } from '../core/outcome.ts'
import { ERRORS } from '../errors.ts'
import type { ErrorCode, Failure } from '../errors.ts'
import { describeFailure } from '../protocol/failure-text.ts'
import type { JobStatus } from '../protocol/job-status.ts'
import { writeValidationDetail } from '../protocol/validation-detail.ts'
import type { ValidationDetail } from '../protocol/validation-detail.ts'
import type { Lease } from './buffer-budget.ts'

/** How the submitted code was found; null when there was none to look for. */
export type Mode = 'live' | 'flash' | null

/** A body that is made while it is sent. */
export interface AnswerStream {
  readonly body: ReadableStream<Uint8Array>
  /** Settles when the last of it was taken or its client is gone; never rejects. */
  readonly ended: Promise<{
    readonly code: ErrorCode | null
    readonly usage: Usage
    readonly answerBytes: number
  }>
}

export interface Answer {
  readonly status: number
  /** JSON text; null for an answer without a body. */
  readonly body: string | null
  /** Goes into the header `X-Error-Code`. */
  readonly code: ErrorCode | null
  /** Of the job or the request, for the log. */
  readonly id?: string
  readonly mode?: Mode
  readonly jobStatus?: JobStatus
  readonly usage?: Usage
  /** Released when the answer is sent or the client is gone. */
  readonly lease?: Lease
  readonly allow?: string
  /** Of the body; JSON when absent. */
  readonly contentType?: string
  readonly location?: string
  /** Further ones. */
  readonly headers?: Readonly<Record<string, string>>
  /** In place of `body`; what became of it is known, and logged, at its end. */
  readonly stream?: AnswerStream
}

/** A request that was not accepted: its code decides the status. */
export function refuse(failure: Failure): Answer {
  const { code } = failure
  return {
    status: ERRORS[code].status,
    body: JSON.stringify({ error: describeFailure(failure) }),
    code,
  }
}

/** A body that breaks a rule before anything could answer inside an envelope. */
export function refuseBody(code: ErrorCode, detail: ValidationDetail, bodyLength: number): Answer {
  return { status: 422, body: writeValidationDetail(detail, bodyLength), code }
}

/** An answer up to this size is sent even when the buffers are full, and fits into what a socket takes at once. */
export const SMALL_ANSWER_CHARACTERS = 64 * 1024

export const NOT_FOUND: Answer = { status: 404, body: '{"detail":"Not Found"}', code: 'NOT_FOUND' }

export const ENDPOINT_NOT_FOUND: Answer = {
  status: 404,
  body: '{"detail":"Not Found"}',
  code: 'ENDPOINT_NOT_FOUND',
}

export const BAD_REQUEST: Answer = { status: 400, body: '{"detail":"Bad Request"}', code: 'REQUEST_INVALID' }

/** The text is that of runpod-python's local API. */
export const JOB_NOT_FOUND: Answer = {
  status: 404,
  body: '{"error":"Job ID not found"}',
  code: 'JOB_NOT_FOUND',
}

export const DRAINING: Answer = refuse(DRAINING_FAILURE)

export const BUFFERS_FULL: Failure = {
  code: 'BUFFERS_FULL',
  message: 'The service holds as many bytes of bodies and answers as it may; try again later.',
}

export const INTERNAL: Answer = refuse(SERVICE_FAILED)

export function methodNotAllowed(allow: string): Answer {
  return {
    status: 405,
    body: '{"detail":"Method Not Allowed"}',
    code: 'METHOD_NOT_ALLOWED',
    allow,
  }
}
