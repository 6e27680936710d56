// How many jobs of each endpoint have which status, counted as they come, change and go.
import type { EndpointId } from '../core/deployment.ts'
import type { JobStatus } from '../protocol/job-status.ts'
import type { StatusCounts } from './job-store.ts'
import { toCounts } from './retention.ts'

export class StatusTally {
  readonly #counts = new Map<EndpointId, Map<JobStatus, number>>()

  change(endpoint: EndpointId, status: JobStatus, by: 1 | -1): void {
    const counts = this.#counts.get(endpoint) ?? new Map<JobStatus, number>()
    this.#counts.set(endpoint, counts)
    const count = (counts.get(status) ?? 0) + by
    if (count === 0) counts.delete(status)
    else counts.set(status, count)
    // An endpoint without jobs may never come back.
    if (counts.size === 0) this.#counts.delete(endpoint)
  }

  read(endpoint: EndpointId | null): StatusCounts {
    if (endpoint !== null) return toCounts((status) => this.#counts.get(endpoint)?.get(status) ?? 0)
    const all = [...this.#counts.values()]
    return toCounts((status) => all.reduce((sum, counts) => sum + (counts.get(status) ?? 0), 0))
  }
}
