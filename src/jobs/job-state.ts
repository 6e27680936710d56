// The life of a job as data: what it is at any moment, and the one function that moves it on.
import type { EndpointId } from '../core/deployment.ts'
import type { ErrorCode } from '../errors.ts'
import { isUnfinished } from '../protocol/job-status.ts'
import type { JobStatus } from '../protocol/job-status.ts'

/** Through which route a job came: it decides the id and how long the result is kept. */
export const JOB_DOORS = ['run', 'runsync'] as const
export type JobDoor = (typeof JOB_DOORS)[number]

/** Times are milliseconds since the epoch. */
export interface Job {
  readonly id: string
  /** Whose queue it is in. */
  readonly endpoint: EndpointId
  readonly door: JobDoor
  readonly status: JobStatus
  readonly submittedAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  /** When `policy.ttl` or `?ttl=` ends the job, whatever it does then; null without either. */
  readonly expiresAt: number | null
  /** Milliseconds in the queue and running; both 0 until the job has finished. */
  readonly delayMs: number
  readonly executionMs: number
  /** `policy.executionTimeout`. */
  readonly executionTimeoutMs: number | null
  readonly isLowPriority: boolean
  /** Whether the chunks of its stream are its output, too. */
  readonly isStreamAggregated: boolean
  /** How often `/retry` put it back into the queue. */
  readonly retries: number
  /** The URL that is told of the end. */
  readonly webhook: string | null
  /** Made so far. */
  readonly webhookTries: number
  /** When to try next; null when there is no try to make. */
  readonly webhookDueAt: number | null
  /** JSON text. */
  readonly output: string | null
  readonly error: string | null
  readonly code: ErrorCode | null
}

export interface JobEnding {
  /** JSON text; null for none. */
  readonly output: string | null
  readonly error: string | null
  readonly code: ErrorCode | null
  /** Whether the end came because `policy.executionTimeout` was over. */
  readonly isTimedOut: boolean
}

export type JobEvent =
  | { readonly type: 'started'; readonly at: number }
  | ({ readonly type: 'finished'; readonly at: number } & JobEnding)

/** What a job is from its first moment on. */
export type NewJob = Pick<Job, 'id' | 'endpoint' | 'door' | 'submittedAt'> &
  Partial<Pick<Job, 'expiresAt' | 'executionTimeoutMs' | 'isLowPriority' | 'isStreamAggregated' | 'webhook'>>

/** The longest `policy.ttl` (protocol.md §2.2), which also keeps its timer within what a timer can hold, and the one without it. */
const TTL_MS = { default: 86_400_000, max: 7 * 86_400_000 }

/** When the time to live of a job is over, counted from its submission. */
export function expiryOf(submittedAt: number, ttlMs = TTL_MS.default): number {
  return submittedAt + Math.min(ttlMs, TTL_MS.max)
}

/** Each member is named: a spread into others takes as long as all else that is done here. */
export function newJob(given: NewJob): Job {
  return {
    id: given.id,
    endpoint: given.endpoint,
    door: given.door,
    status: 'IN_QUEUE',
    submittedAt: given.submittedAt,
    startedAt: null,
    finishedAt: null,
    expiresAt: given.expiresAt ?? null,
    delayMs: 0,
    executionMs: 0,
    executionTimeoutMs: given.executionTimeoutMs ?? null,
    isLowPriority: given.isLowPriority ?? false,
    isStreamAggregated: given.isStreamAggregated ?? false,
    retries: 0,
    webhook: given.webhook ?? null,
    webhookTries: 0,
    webhookDueAt: null,
    output: null,
    error: null,
    code: null,
  }
}

/** The job as it is when it goes back into the queue; its time to live goes on. */
export function requeued(job: Job, at: number, retries: number): Job {
  const { id, endpoint, door, expiresAt, executionTimeoutMs, isLowPriority, isStreamAggregated, webhook } = job
  const kept = { id, endpoint, door, expiresAt, executionTimeoutMs, isLowPriority, isStreamAggregated, webhook }
  return { ...newJob({ ...kept, submittedAt: at }), retries }
}

/** With a place among the running a job counts as started, whenever its code begins. */
export function claimed(job: Job, at: number): Job {
  return advance(job, { type: 'started', at })
}

/** IN_QUEUE → IN_PROGRESS → one of four ends; a finished job never changes again. */
export function advance(job: Job, event: JobEvent): Job {
  if (!isUnfinished(job.status)) return job
  switch (event.type) {
    case 'started':
      return job.startedAt === null ? { ...job, status: 'IN_PROGRESS', startedAt: event.at } : job
    case 'finished': {
      const totalMs = Math.max(0, event.at - job.submittedAt)
      const waitedMs = (job.startedAt ?? event.at) - job.submittedAt
      const delayMs = Math.round(Math.min(totalMs, Math.max(0, waitedMs)))
      return {
        ...job,
        status: statusOf(event),
        finishedAt: event.at,
        delayMs,
        executionMs: Math.round(totalMs - delayMs),
        webhookDueAt: job.webhook === null ? null : event.at,
        output: event.output,
        error: event.error,
        code: event.code,
      }
    }
    default:
      return event satisfies never
  }
}

/** Upstream's rule: a truthy `error` makes a job FAILED (protocol.md §0, trap 1). */
function statusOf(ending: JobEnding): JobStatus {
  if (ending.code === 'CANCELLED') return 'CANCELLED'
  if (ending.isTimedOut) return 'TIMED_OUT'
  return ending.error === null || ending.error === '' ? 'COMPLETED' : 'FAILED'
}
