// The engines of the job store, each behind a clock that the test sets, and jobs to put into them.
import { advance, newJob } from '../../src/jobs/job-state.ts'
import type { Job, JobEnding, NewJob } from '../../src/jobs/job-state.ts'
import type { JobInput, JobStore } from '../../src/jobs/job-store.ts'
import { MemoryJobStore } from '../../src/jobs/memory-job-store.ts'
import type { StoreBounds } from '../../src/jobs/retention.ts'
import { SqliteJobStore } from '../../src/jobs/sqlite/sqlite-job-store.ts'
import type { SqliteJobStoreOptions } from '../../src/jobs/sqlite/sqlite-job-store.ts'

export interface Engine {
  readonly name: string
  readonly open: (options: StoreBounds & { readonly now: () => number }) => Promise<JobStore>
}

export const ENGINES: readonly Engine[] = [
  { name: 'memory', open: async (options) => new MemoryJobStore(options) },
  { name: 'SQLite', open: async (options) => openSqlite({ file: ':memory:', ...options }) },
]

/** The store of a file; throws what the store says when it cannot be opened. */
export async function openSqlite(
  options: Omit<SqliteJobStoreOptions, 'onFailed' | 'onLost'> & Partial<SqliteJobStoreOptions>,
): Promise<SqliteJobStore> {
  const opened = await SqliteJobStore.open({ onFailed: () => undefined, onLost: () => undefined, ...options })
  if (!opened.ok) throw new Error(opened.message)
  return opened.store
}

export const INPUT: JobInput = { head: '{"h":1}', code: 'x', input: '[]' }

export function queuedJob(id: string, given: Partial<NewJob> = {}): Job {
  return newJob({ id, endpoint: 'default', door: 'run', submittedAt: 0, ...given })
}

export const ENDING: JobEnding = { output: '{}', error: null, code: null, isTimedOut: false }

export function startedJob(job: Job, at: number): Job {
  return advance(job, { type: 'started', at })
}

export function finishedJob(job: Job, at: number, ending: Partial<JobEnding> = {}): Job {
  return advance(job, { type: 'finished', at, ...ENDING, ...ending })
}

export const FAILED_ENDING = { error: 'x', code: 'GUEST_THREW' } as const satisfies Partial<JobEnding>
