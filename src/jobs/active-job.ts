// A job that has not ended, as the process that runs it knows it.
import type { Usage } from '../core/outcome.ts'
import type { Job } from './job-state.ts'

export interface FinishedJob {
  readonly job: Job
  readonly usage: Usage
}

export class ActiveJob {
  job: Job
  /** JSON text of what its code last said of its progress. */
  progress: string | null = null
  /** Chunks of its stream that are stored. */
  chunks = 0
  /** Set when the store could not keep a chunk. */
  hasLostChunk = false
  /** Set when `ttl` is over: for clients it is gone, though its code may be on its way to its end. */
  isExpired = false
  /** Set while its end is not stored, because the store could not. */
  isOwed = false
  /** Set while it has a place among the running. */
  controller: AbortController | null = null
  readonly #finished = Promise.withResolvers<FinishedJob>()

  constructor(job: Job) {
    this.job = job
  }

  get isRunning(): boolean {
    return this.controller !== null
  }

  /** Never rejects. */
  get finished(): Promise<FinishedJob> {
    return this.#finished.promise
  }

  finish(usage: Usage): void {
    this.#finished.resolve({ job: this.job, usage })
  }
}
