// A job as a row of the database and back.
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { ErrorCode } from '../../errors.ts'
import { isUnfinished } from '../../protocol/job-status.ts'
import type { JobStatus } from '../../protocol/job-status.ts'
import type { JobDoor } from '../job-state.ts'
import { endOf, isEvictable } from '../retention.ts'
import type { JobEnd } from '../retention.ts'
import type { JobState } from './messages.ts'
import { decodeText, encodeText } from './text-codec.ts'

export type Cells = readonly SQLOutputValue[]

/** The columns that are the job, in the order in which `toCells` writes and `toJob` reads them. */
export const JOB_COLUMNS = [
  'id',
  'endpoint',
  'door',
  'status',
  'submitted_at',
  'started_at',
  'finished_at',
  'expires_at',
  'delay_ms',
  'execution_ms',
  'execution_timeout_ms',
  'is_low_priority',
  'is_stream_aggregated',
  'retries',
  'webhook',
  'webhook_tries',
  'webhook_due_at',
  'error',
  'code',
] as const

/** The columns that follow from the job. */
export const DERIVED_COLUMNS = ['ends_at', 'evict_rank', 'due_at'] as const

export function toCells(job: JobState): SQLInputValue[] {
  return [
    job.id,
    job.endpoint,
    job.door,
    job.status,
    job.submittedAt,
    job.startedAt,
    job.finishedAt,
    job.expiresAt,
    job.delayMs,
    job.executionMs,
    job.executionTimeoutMs,
    job.isLowPriority ? 1 : 0,
    job.isStreamAggregated ? 1 : 0,
    job.retries,
    job.webhook === null ? null : encodeText(job.webhook),
    job.webhookTries,
    job.webhookDueAt,
    job.error === null ? null : encodeText(job.error),
    job.code,
  ]
}

/** Who goes first when the store is full; `HELD` only goes when its time is over. */
const EVICT_RANK: Readonly<Record<JobDoor, number>> = { runsync: 0, run: 1 }
export const HELD = 2
export const EVICT_RANKS: readonly number[] = [...Object.values(EVICT_RANK), HELD]

export function toDerivedCells(job: JobEnd, retentionMs: Readonly<Record<JobDoor, number>>): SQLInputValue[] {
  const end = endOf(job, retentionMs)
  return [
    end === Number.POSITIVE_INFINITY ? null : end,
    isEvictable(job) ? EVICT_RANK[job.door] : HELD,
    isUnfinished(job.status) ? null : job.webhookDueAt,
  ]
}

/** Only this process writes to the database, so that what is in it has the shape that `toCells` gave it. */
export function toJob(cells: Cells): JobState {
  return {
    id: cells[0] as string,
    endpoint: cells[1] as string,
    door: cells[2] as JobDoor,
    status: cells[3] as JobStatus,
    submittedAt: cells[4] as number,
    startedAt: cells[5] as number | null,
    finishedAt: cells[6] as number | null,
    expiresAt: cells[7] as number | null,
    delayMs: cells[8] as number,
    executionMs: cells[9] as number,
    executionTimeoutMs: cells[10] as number | null,
    isLowPriority: cells[11] === 1,
    isStreamAggregated: cells[12] === 1,
    retries: cells[13] as number,
    webhook: textOrNull(cells[14]),
    webhookTries: cells[15] as number,
    webhookDueAt: cells[16] as number | null,
    error: textOrNull(cells[17]),
    code: cells[18] as ErrorCode | null,
  }
}

/** Of rows that have `seq` behind the columns of the job. */
export function compareNewest(one: Cells, other: Cells): number {
  return Number(other[4]) - Number(one[4]) || Number(other.at(-1)) - Number(one.at(-1))
}

function textOrNull(cell: SQLOutputValue | undefined): string | null {
  return cell instanceof Uint8Array ? decodeText(cell) : null
}

/** The only cell of a row, which holds a text. */
export function bytesOf(cells: Cells, index: number): Uint8Array<ArrayBuffer> {
  const cell = cells[index]
  if (cell instanceof Uint8Array) return cell
  throw new Error(`Column ${index} holds no text.`)
}
