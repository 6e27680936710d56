// Failures that say the same wherever they come from.
import type { Failure } from '../errors.ts'

export const DRAINING: Failure = {
  code: 'DRAINING',
  message: 'The service is shutting down and takes no new work.',
}

export const NO_EXECUTORS: Failure = {
  code: 'EXECUTORS_UNAVAILABLE',
  message: 'No executor process can be started; the log says why.',
}

/** A defect: who asked has no part in it. */
export const SERVICE_FAILED: Failure = {
  code: 'INTERNAL',
  message: 'The service failed; its log has the details.',
}

export const CANCELLED: Failure = { code: 'CANCELLED', message: 'The request was cancelled while its code ran.' }
