// The body that tells a client about a job: for /run, /runsync and /status alike.
import { isUnfinished } from './job-status.ts'
import type { JobStatus } from './job-status.ts'

export interface JobResponse {
  readonly id: string
  readonly status: JobStatus
  /** JSON text, spliced as it is; null when the job has no output. */
  readonly output: string | null
  readonly error: string | null
  /** Milliseconds in the queue and running; whole numbers, because Flash's client parses them as such. */
  readonly delayTime: number
  readonly executionTime: number
  readonly workerId: string
}

/** An unfinished job is its id and status only; a finished one always has the three keys that clients insist on. */
export function writeJobResponse(job: JobResponse): string {
  const head = `{"id":${JSON.stringify(job.id)},"status":"${job.status}"`
  if (isUnfinished(job.status)) return `${head}}`
  const output = job.output === null ? '' : `,"output":${job.output}`
  const error = job.error === null || job.error === '' ? '' : `,"error":${JSON.stringify(job.error)}`
  return (
    `${head}${output}${error},"delayTime":${Math.round(job.delayTime)}` +
    `,"executionTime":${Math.round(job.executionTime)},"workerId":${JSON.stringify(job.workerId)}}`
  )
}
