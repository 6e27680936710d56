// What /health tells of jobs: the finished ones since the start, the others now.
import type { EndpointId } from '../core/deployment.ts'
import type { JobStatus } from '../protocol/job-status.ts'
import type { ActiveJob } from './active-job.ts'

export interface JobCounts {
  readonly completed: number
  readonly failed: number
  readonly inProgress: number
  readonly inQueue: number
  readonly retried: number
}

type Ended = { completed: number; failed: number; retried: number }

/** Anybody may name an endpoint where nothing is registered: further ones are counted in the sum only. */
const ENDPOINTS_MAX = 1_000

export class JobCounters {
  readonly #all: Ended = { completed: 0, failed: 0, retried: 0 }
  readonly #byEndpoint = new Map<EndpointId, Ended>()

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
