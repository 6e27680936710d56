// The job store that the configuration names.
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { JobStore } from '../jobs/job-store.ts'
import { MemoryJobStore } from '../jobs/memory-job-store.ts'
import { SqliteJobStore } from '../jobs/sqlite/sqlite-job-store.ts'

/** In the data folder. */
const FILE = 'jobs.sqlite'

/** The message of a refusal names the file and says what to do. */
export async function openJobStore(
  { jobStore, jobSync, jobsMax, jobBytes, bufferedBytes, dataDir }: Config,
  log: Logger,
): Promise<{ readonly ok: true; readonly store: JobStore } | { readonly ok: false; readonly message: string }> {
  const bounds = { maxJobs: jobsMax, maxBytes: jobBytes, now: Date.now }
  switch (jobStore) {
    case 'memory':
      return { ok: true, store: new MemoryJobStore({ ...bounds, maxBytes: Math.min(jobBytes, bufferedBytes) }) }
    case 'sqlite':
      return SqliteJobStore.open({
        ...bounds,
        file: join(dataDir, FILE),
        sync: jobSync,
        onFailed: logNowAndThen(log),
        onLost: (problem) => log.error({ problem }, 'jobs can be neither kept nor read'),
      })
    default:
      return jobStore satisfies never
  }
}

/** A full disk fails every operation, and would fill itself with log lines. */
const LOG_MS = 10_000

function logNowAndThen(log: Logger): (problem: string) => void {
  let loggedAt = Number.NEGATIVE_INFINITY
  let count = 0
  return (problem) => {
    count += 1
    if (performance.now() - loggedAt < LOG_MS) return
    log.error({ problem, count }, 'the job store failed')
    loggedAt = performance.now()
    count = 0
  }
}
