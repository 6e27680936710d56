// How long a job is kept and how much room it takes: the same rules for every engine of the store.
import { isUnfinished } from '../protocol/job-status.ts'
import type { Job, JobDoor } from './job-state.ts'
import type { JobInput } from './job-store.ts'

/** How long a finished job is kept (protocol.md §2.2). */
export const RETENTION_MS: Readonly<Record<JobDoor, number>> = {
  run: 30 * 60_000,
  runsync: 60_000,
}

/** What bounds a store. */
export interface StoreBounds {
  readonly maxJobs: number
  /** Of inputs, outputs, chunks and what comes with them, all together; results that came last stay even beyond it. */
  readonly maxBytes: number
  readonly retentionMs?: Readonly<Record<JobDoor, number>>
}

/** What one job and one chunk take beside their texts, roughly. */
export const JOB_BYTES = 512
export const CHUNK_BYTES = 64

/** So many bytes of results are in one answer of `dueWebhooks`; the first one always is. */
export const WEBHOOK_ANSWER_BYTES = 16 * 1024 * 1024

/** What decides how long a job is kept. */
export type JobEnd = Pick<Job, 'door' | 'status' | 'finishedAt' | 'expiresAt' | 'webhookDueAt'>

/** When the job goes; infinity when nothing is said of it yet. */
export function endOf(job: JobEnd, retentionMs: Readonly<Record<JobDoor, number>>): number {
  const expiresAt = job.expiresAt ?? Number.POSITIVE_INFINITY
  if (isUnfinished(job.status) || job.webhookDueAt !== null) return expiresAt
  return Math.min(expiresAt, (job.finishedAt ?? 0) + retentionMs[job.door])
}

/** Whether a full store may let the job go before its end. */
export function isEvictable(job: Pick<Job, 'status' | 'webhookDueAt'>): boolean {
  return !isUnfinished(job.status) && job.webhookDueAt === null
}

/** Whether the job may run again, and needs its input for that. */
export function canRunAgain({ status }: Pick<Job, 'status'>): boolean {
  return isUnfinished(status) || status === 'FAILED' || status === 'TIMED_OUT'
}

export function inputBytes({ head, code, input }: JobInput): number {
  return Buffer.byteLength(head) + Buffer.byteLength(code) + Buffer.byteLength(input)
}

/** Of the job itself and its result. */
export function stateBytes({ output, error, webhook }: Pick<Job, 'output' | 'error' | 'webhook'>): number {
  return JOB_BYTES + textBytes(output) + textBytes(error) + textBytes(webhook)
}

export function textBytes(text: string | null): number {
  return text === null ? 0 : Buffer.byteLength(text)
}

/** What an update makes of a job that has finished: its result stays. */
export function afterEnd(kept: Job, later: Job): Job {
  const { expiresAt, webhookTries, webhookDueAt } = later
  return { ...kept, expiresAt, webhookTries, webhookDueAt }
}

/** What `restart` puts in place. Throws for a state that is not one of a job which is to run. */
export function toRestarted(job: Job): Job {
  if (!isUnfinished(job.status)) throw new Error(`A job that restarts is ${job.status}; it must be unfinished.`)
  return { ...job, output: null }
}
