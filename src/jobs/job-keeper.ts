// Sees to it that what became of a job is stored, also when the store cannot do it at once, such as on a full disk.
import type { ActiveJob } from './active-job.ts'
import type { JobStore } from './job-store.ts'

const RETRY_MS = 1_000

export interface JobKeeperOptions {
  readonly store: JobStore
  /** Told of a job whose end is stored late. */
  readonly onKept: (active: ActiveJob) => void
  readonly onDefect: (error: unknown) => void
}

export class JobKeeper {
  readonly #options: JobKeeperOptions

  constructor(options: JobKeeperOptions) {
    this.#options = options
  }

  /** Never rejects. As long as the job as it is now is not stored it is owed, and tried again while the store lives. */
  async keep(active: ActiveJob): Promise<void> {
    try {
      await this.#options.store.update(active.job)
      if (!active.isOwed) return
      active.isOwed = false
      this.#options.onKept(active)
    } catch (error) {
      active.isOwed = true
      this.#options.onDefect(error)
      if (this.#options.store.failure === null) setTimeout(() => void this.keep(active), RETRY_MS).unref()
    }
  }
}
