// What clients see of jobs: those that go on as this process knows them, the others as they are kept.
import type { EndpointId } from '../core/deployment.ts'
import { isUnfinished } from '../protocol/job-status.ts'
import type { ActiveJob } from './active-job.ts'
import type { Job } from './job-state.ts'
import type { JobStore } from './job-store.ts'
import type { JobWaiters } from './job-waiters.ts'

/** Characters of chunks in one answer, unless the first alone is larger. */
const STREAM_CHARACTERS = 1024 * 1024

export interface JobReaderOptions {
  readonly store: Pick<JobStore, 'get' | 'list' | 'takeChunks'>
  readonly active: ReadonlyMap<string, ActiveJob>
  readonly waiters: JobWaiters
}

export interface StreamPart {
  readonly job: Job
  /** JSON texts that nobody has had yet. */
  readonly chunks: readonly string[]
  /** Whether nothing follows. */
  readonly isLast: boolean
}

/** How long to wait for something to happen. */
export interface Patience {
  readonly waitMs: number
  readonly signal: AbortSignal
}

export class JobReader {
  readonly #options: JobReaderOptions

  constructor(options: JobReaderOptions) {
    this.#options = options
  }

  /** The job as it is now; null when its time is over or it never was of this endpoint. */
  async get(endpoint: EndpointId, id: string): Promise<Job | null> {
    const active = this.#options.active.get(id)
    const job = active === undefined ? await this.#options.store.get(id) : active.isExpired ? null : active.job
    return job?.endpoint === endpoint ? job : null
  }

  /** What the code of a running job last said of its progress, in JSON. */
  progress(id: string): string | null {
    return this.#options.active.get(id)?.progress ?? null
  }

  /** The same as `get`, once the job has ended or there is no more patience. */
  async getEnded(endpoint: EndpointId, id: string, { waitMs, signal }: Patience): Promise<Job | null> {
    const deadline = performance.now() + waitMs
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- it is looked at again when something has happened
      const job = await this.get(endpoint, id)
      const leftMs = deadline - performance.now()
      if (job === null || !isUnfinished(job.status) || leftMs <= 0 || signal.aborted) return job
      // oxlint-disable-next-line no-await-in-loop -- see above
      await this.#options.waiters.wait(id, leftMs, signal)
    }
  }

  /** The chunks of a job that nobody has had yet, once there are some, its stream is over, or there is no more patience. */
  async takeChunks(endpoint: EndpointId, id: string, { waitMs, signal }: Patience): Promise<StreamPart | null> {
    const { store, active, waiters } = this.#options
    const deadline = performance.now() + waitMs
    for (;;) {
      const seen = active.get(id)?.chunks
      // oxlint-disable-next-line no-await-in-loop -- the end is looked at first: what came before it is stored then
      const job = await this.get(endpoint, id)
      if (job === null) return null
      // oxlint-disable-next-line no-await-in-loop -- see above
      const chunks = signal.aborted ? [] : await store.takeChunks(id, STREAM_CHARACTERS)
      const isOver = !isUnfinished(job.status)
      const leftMs = deadline - performance.now()
      if (chunks.length > 0 || isOver || leftMs <= 0 || signal.aborted) {
        const isAll = chunks.reduce((sum, chunk) => sum + chunk.length, 0) < STREAM_CHARACTERS
        return { job, chunks, isLast: isOver && isAll }
      }
      // oxlint-disable-next-line no-await-in-loop -- see above
      if (active.get(id)?.chunks === seen) await waiters.wait(id, leftMs, signal)
    }
  }

  /** Newest first, without output. */
  async list(endpoint: EndpointId, options: Parameters<JobStore['list']>[1]): Promise<readonly Job[]> {
    const jobs = await this.#options.store.list(endpoint, options)
    return jobs.map((job) => this.#options.active.get(job.id)?.job ?? job)
  }
}
