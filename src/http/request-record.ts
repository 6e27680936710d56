// What the log says of one request.
import type { Usage } from '../core/outcome.ts'
import type { ErrorCode } from '../errors.ts'
import type { JobStatus } from '../protocol/job-status.ts'
import type { Mode } from './answer.ts'

export interface RequestRecord {
  /** `answered` for a request; `finished` for a job that ended after its request was answered. */
  readonly event: 'answered' | 'finished'
  readonly method: string
  /** The pattern of the route, never the path itself. */
  readonly route: string
  /** Of the path or the job, whether it exists or not; null for the root. */
  readonly endpoint: string | null
  /** Of the job or the request; null for one that was refused or runs nothing. */
  readonly id: string | null
  readonly mode: Mode
  /** HTTP status of the answer; null for `finished`. */
  readonly status: number | null
  readonly jobStatus: JobStatus | null
  readonly code: ErrorCode | null
  /** From the request's arrival at the route to its answer, or to the end of the job. */
  readonly durationMs: number
  readonly answerBytes: number
  readonly usage: Usage | null
}
