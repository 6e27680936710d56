// Jobs in the memory of the front process, bounded by count and bytes; they end with it.
import { isUnfinished } from '../protocol/job-status.ts'
import { IdQueue } from './id-queue.ts'
import { JOB_DOORS } from './job-state.ts'
import type { Job, JobDoor } from './job-state.ts'
import type { JobStore } from './job-store.ts'

/** How long a finished job is kept (protocol.md §2.2). */
export const RETENTION_MS: Readonly<Record<JobDoor, number>> = {
  run: 30 * 60_000,
  runsync: 60_000,
}

/** What one job takes beside its texts, roughly. */
const JOB_BYTES = 512

export interface MemoryJobStoreOptions {
  readonly maxJobs: number
  /** Bound of all kept results together; the newest result stays even when it alone is larger. */
  readonly maxBytes: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly retentionMs?: Readonly<Record<JobDoor, number>>
}

/**
 * Full means: the oldest finished results go early, those of /runsync first because their clients mostly have them.
 * Unfinished jobs never go.
 */
export class MemoryJobStore implements JobStore {
  readonly #options: MemoryJobStoreOptions
  readonly #retentionMs: Readonly<Record<JobDoor, number>>
  readonly #jobs = new Map<string, Job>()
  /** In the order in which they finished, so that the first is always the next to expire; may hold ids that are gone. */
  readonly #finished: Readonly<Record<JobDoor, IdQueue>> = { runsync: new IdQueue(), run: new IdQueue() }
  #bytes = 0

  constructor(options: MemoryJobStoreOptions) {
    this.#options = options
    this.#retentionMs = options.retentionMs ?? RETENTION_MS
  }

  async add(job: Job): Promise<boolean> {
    this.#dropExpired()
    while (this.#jobs.size >= this.#options.maxJobs) if (!this.#dropOldest()) return false
    this.#jobs.set(job.id, job)
    this.#bytes += sizeOf(job)
    return true
  }

  async update(job: Job): Promise<void> {
    const earlier = this.#jobs.get(job.id)
    if (earlier === undefined || !isUnfinished(earlier.status)) return
    this.#bytes += sizeOf(job) - sizeOf(earlier)
    this.#jobs.set(job.id, job)
    if (isUnfinished(job.status)) return
    this.#dropExpired()
    while (this.#bytes > this.#options.maxBytes && this.#dropOldest());
    this.#finished[job.door].push(job.id)
  }

  async get(id: string): Promise<Job | null> {
    this.#dropExpired()
    const job = this.#jobs.get(id)
    if (job === undefined) return null
    return job.expiresAt !== null && job.expiresAt <= this.#options.now() ? null : job
  }

  async remove(id: string): Promise<void> {
    const job = this.#jobs.get(id)
    if (job !== undefined) this.#drop(job)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#jobs.clear()
    this.#bytes = 0
  }

  #dropExpired(): void {
    const now = this.#options.now()
    for (const door of JOB_DOORS) {
      for (let job = this.#oldest(door); job !== undefined; job = this.#oldest(door)) {
        if ((job.finishedAt ?? 0) + this.#retentionMs[door] > now) break
        this.#drop(job)
      }
    }
  }

  #dropOldest(): boolean {
    const job = this.#oldest('runsync') ?? this.#oldest('run')
    if (job !== undefined) this.#drop(job)
    return job !== undefined
  }

  /** The job that finished first, of those that are still kept. */
  #oldest(door: JobDoor): Job | undefined {
    const finished = this.#finished[door]
    for (let id = finished.peek(); id !== undefined; id = finished.peek()) {
      const job = this.#jobs.get(id)
      if (job !== undefined) return job
      finished.shift()
    }
    return undefined
  }

  #drop(job: Job): void {
    this.#jobs.delete(job.id)
    this.#bytes -= sizeOf(job)
  }
}

function sizeOf(job: Job): number {
  return JOB_BYTES + (job.output?.length ?? 0) + (job.error?.length ?? 0)
}
