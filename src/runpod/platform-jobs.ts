// The jobs that the platform has given and that have not ended: some run, the others wait for their turn.
import type { Deployment } from '../core/deployment.ts'
import type { JobPolicy } from '../protocol/job-request.ts'
import type { ParsedRequest } from '../protocol/parse.ts'
import type { JobEnd, RunnableJob } from './run-job.ts'

export interface TakenJob {
  readonly id: string
  readonly parsed: ParsedRequest
  readonly deployment: Deployment | null
  readonly policy: JobPolicy
  /** Called once, when nothing of the input is needed any more. */
  readonly onInputFree: () => void
}

export interface PlatformJobsOptions {
  /** Never rejects. */
  readonly run: (job: RunnableJob) => Promise<JobEnd>
  /** How many may run now. */
  readonly concurrency: () => number
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
  /** @param durationMs from the answer of the platform to the end of the job. */
  readonly onEnd: (id: string, end: JobEnd, durationMs: number) => void
}

/** Since the start. */
export interface PlatformCounts {
  readonly taken: number
  /** The platform has their end. */
  readonly ended: number
  readonly stopped: number
  /** The platform has no end of them, or only that their result was refused. */
  readonly lostResults: number
}

interface Entry {
  readonly job: TakenJob
  readonly controller: AbortController
  readonly takenAt: number
  isRunning: boolean
}

export class PlatformJobs implements AsyncDisposable {
  readonly #options: PlatformJobsOptions
  /** In the order in which they came. */
  readonly #entries = new Map<string, Entry>()
  readonly #counts = { taken: 0, ended: 0, stopped: 0, lostResults: 0 }
  #changed = Promise.withResolvers<void>()
  #running = 0

  constructor(options: PlatformJobsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  get ids(): readonly string[] {
    return [...this.#entries.keys()]
  }

  get counts(): PlatformCounts {
    return { ...this.#counts }
  }

  /** False, and nothing else, for a job that is here already. */
  add(job: TakenJob): boolean {
    if (this.#entries.has(job.id)) return false
    this.#counts.taken += 1
    this.#entries.set(job.id, {
      job,
      controller: new AbortController(),
      takenAt: this.#options.now(),
      isRunning: false,
    })
    this.#startNext()
    return true
  }

  /** Ends a job at once without an answer to the platform; false when it is not here. */
  stop(id: string): boolean {
    const entry = this.#entries.get(id)
    if (entry === undefined) return false
    entry.controller.abort()
    if (!entry.isRunning) this.#end(entry, NEVER_RAN)
    return true
  }

  /** Settles when the next job ends. */
  async nextEnd(): Promise<void> {
    await this.#changed.promise
  }

  /** Settles when there is no job any more. */
  async drained(): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- each turn is the end of a job
    while (this.#entries.size > 0) await this.nextEnd()
  }

  /** Stops all of them and waits for their end. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.ids) this.stop(id)
    await this.drained()
  }

  #startNext(): void {
    const concurrency = this.#options.concurrency()
    for (const entry of this.#entries.values()) {
      if (this.#running >= concurrency) return
      if (!entry.isRunning) void this.#run(entry)
    }
  }

  async #run(entry: Entry): Promise<void> {
    entry.isRunning = true
    this.#running += 1
    const end = await this.#options.run({ ...entry.job, signal: entry.controller.signal })
    this.#running -= 1
    this.#end(entry, end)
    this.#startNext()
  }

  #end(entry: Entry, end: JobEnd): void {
    const { job, takenAt } = entry
    job.onInputFree()
    this.#entries.delete(job.id)
    if (end.type === 'stopped') this.#counts.stopped += 1
    else if (end.type === 'posted') this.#counts.ended += 1
    else this.#counts.lostResults += 1
    this.#options.onEnd(job.id, end, this.#options.now() - takenAt)
    const changed = this.#changed
    this.#changed = Promise.withResolvers<void>()
    changed.resolve()
  }
}

const NEVER_RAN: JobEnd = { type: 'stopped', code: 'CANCELLED', usage: null, chunks: 0, bytes: 0, problem: null }
