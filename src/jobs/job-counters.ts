// What /health and the metrics tell of jobs: the finished ones since the start, the others now.
import type { EndpointId } from '../core/deployment.ts'
import type { JobStatus } from '../protocol/job-status.ts'
import type { ActiveJob } from './active-job.ts'
import type { JobDoor } from './job-state.ts'

export interface JobCounts {
  readonly completed: number
  readonly failed: number
  readonly inProgress: number
  readonly inQueue: number
  readonly retried: number
}

/** What the start found of an earlier process: jobs that wait on, run again, or end with `JOB_INTERRUPTED`. */
export type FoundJobs = Readonly<Record<'waiting' | 'again' | 'interrupted', number>>

/** For whoever watches the service. */
export interface JobFigures {
  readonly inProgress: number
  readonly inQueue: number
  /** Since when the oldest of those waits, in milliseconds since the epoch; null when none does. */
  readonly waitingSince: number | null
  /** Since the start, by the route that they came through. */
  readonly accepted: Readonly<Record<JobDoor, number>>
  readonly retried: number
  readonly found: FoundJobs
}

type Ended = { completed: number; failed: number; retried: number }

/** Anybody may name an endpoint where nothing is registered: further ones are counted in the sum only. */
const ENDPOINTS_MAX = 1_000

export class JobCounters {
  readonly #all: Ended = { completed: 0, failed: 0, retried: 0 }
  readonly #byEndpoint = new Map<EndpointId, Ended>()
  readonly #accepted = { run: 0, runsync: 0 }
  #found: FoundJobs = { waiting: 0, again: 0, interrupted: 0 }

  accepted(door: JobDoor): void {
    this.#accepted[door]++
  }

  found(jobs: FoundJobs): void {
    this.#found = jobs
  }

  ended(endpoint: EndpointId, status: JobStatus): void {
    if (status === 'COMPLETED') this.#count(endpoint, 'completed')
    else if (status !== 'CANCELLED') this.#count(endpoint, 'failed')
  }

  retried(endpoint: EndpointId): void {
    this.#count(endpoint, 'retried')
  }

  /** @param endpoint null for all of them. */
  read(endpoint: EndpointId | null, active: Iterable<ActiveJob>): JobCounts {
    const ended = endpoint === null ? this.#all : this.#byEndpoint.get(endpoint)
    let inProgress = 0
    let inQueue = 0
    for (const { job } of active) {
      if (endpoint !== null && job.endpoint !== endpoint) continue
      if (job.status === 'IN_PROGRESS') inProgress++
      else if (job.status === 'IN_QUEUE') inQueue++
    }
    const { completed = 0, failed = 0, retried = 0 } = ended ?? {}
    return { completed, failed, inProgress, inQueue, retried }
  }

  figures(active: Iterable<ActiveJob>): JobFigures {
    let inProgress = 0
    let inQueue = 0
    let waitingSince: number | null = null
    for (const { job } of active) {
      if (job.status === 'IN_PROGRESS') inProgress++
      if (job.status !== 'IN_QUEUE') continue
      inQueue++
      waitingSince = Math.min(waitingSince ?? job.submittedAt, job.submittedAt)
    }
    const { retried } = this.#all
    return { inProgress, inQueue, waitingSince, accepted: { ...this.#accepted }, retried, found: this.#found }
  }

  #count(endpoint: EndpointId, what: keyof Ended): void {
    this.#all[what]++
    let ended = this.#byEndpoint.get(endpoint)
    if (ended === undefined && this.#byEndpoint.size < ENDPOINTS_MAX) {
      ended = { completed: 0, failed: 0, retried: 0 }
      this.#byEndpoint.set(endpoint, ended)
    }
    if (ended !== undefined) ended[what]++
  }
}
