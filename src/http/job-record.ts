// What is told of a job that ended when nobody waited for it.
import type { FinishedJob } from '../jobs/active-job.ts'
import type { Mode } from './answer.ts'
import type { RequestRecord } from './request-record.ts'

/**
 * @param route by which it came, or was put back into the queue.
 * @param durationMs from then on.
 */
export function recordOfEnd(route: string, mode: Mode, { job, usage }: FinishedJob, durationMs: number): RequestRecord {
  const { id, endpoint, status: jobStatus, code } = job
  const answerBytes = job.output?.length ?? 0
  const record = { method: 'POST', route, endpoint, id, mode, jobStatus, code, durationMs, answerBytes, usage }
  return { event: 'finished', status: null, ...record }
}
