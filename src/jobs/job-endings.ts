// How jobs end that their own code did not end, and why others are not taken in.
import { SERVICE_FAILED } from '../core/failures.ts'
import { notRun } from '../core/outcome.ts'
import type { Usage } from '../core/outcome.ts'
import type { Failure } from '../errors.ts'
import type { JobEnding } from './job-state.ts'

/** Of a job of which nothing ran. */
export const NO_USAGE: Usage = notRun({ code: 'CANCELLED', message: '' }).usage

/** Whoever cancels a job knows why it has no result. */
export const CANCELLED: JobEnding = { output: null, error: null, code: 'CANCELLED', isTimedOut: false }

export const INTERRUPTED: JobEnding = {
  output: null,
  error: 'JOB_INTERRUPTED: The service ended while the job ran; whether its code has run to its end is not known.',
  code: 'JOB_INTERRUPTED',

  isTimedOut: false,
}

export const DEFECT: JobEnding = {
  output: null,
  error: `INTERNAL: ${SERVICE_FAILED.message}`,
  code: 'INTERNAL',

  isTimedOut: false,
}

export const STORE_FULL: Failure = {
  code: 'QUEUE_FULL',
  message: 'As many unfinished jobs are kept as the service holds.',
}
