// The six statuses of a job, exactly those of the platform (protocol.md §2.2).

export const JOB_STATUSES = ['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED', 'TIMED_OUT'] as const
export type JobStatus = (typeof JOB_STATUSES)[number]

/** Whether a job of this status still changes. */
export function isUnfinished(status: JobStatus): boolean {
  return status === 'IN_QUEUE' || status === 'IN_PROGRESS'
}
