// The metrics of the service: their library is loaded while the executors start, and what comes before that is kept for it.
import { DEFAULT_ENDPOINT } from '../core/deployment.ts'
import { DEFAULT_TENANT } from '../core/task.ts'
import type { BufferBudget } from '../http/buffer-budget.ts'
import type { MetricsText } from '../http/metrics-route.ts'
import type { RequestRecord } from '../http/request-record.ts'
import type { JobRunner } from '../jobs/job-runner.ts'
import type { ExecutorPool } from '../pool/executor-pool.ts'
import type { ClassInstances } from '../pool/instances/class-instances.ts'
import { labelOfEnd } from '../pool/lost-failure.ts'
import type { RunnerEvent } from '../pool/runner-event.ts'
import type { ServiceMetrics } from '../telemetry/service-metrics.ts'
import type { Deployments } from './deployments.ts'

interface Parts {
  readonly pool: ExecutorPool
  readonly instances: ClassInstances
  readonly jobs: JobRunner
  readonly buffers: BufferBudget
  readonly deployments: Deployments
}

/** Requests and events before the library is there: a moment's worth. */
const EARLY_MAX = 1_000
const UNREGISTERED = 'other'

export class LazyMetrics {
  #metrics: ServiceMetrics | null = null
  #opening: Promise<ServiceMetrics> | null = null
  #early: ((metrics: ServiceMetrics) => void)[] = []

  /** To be called once, when everything is there that is counted. */
  open(parts: Parts): void {
    this.#opening = load(parts)
    // Whoever reads the metrics hears of what goes wrong.
    this.#catchUp(this.#opening).catch(() => undefined)
  }

  request(record: RequestRecord): void {
    this.#tell((metrics) => metrics.request(record))
  }

  executorEvent(event: RunnerEvent): void {
    if (event.type === 'dead') this.#tell((metrics) => metrics.executorEnded(labelOfEnd(event.reason)))
    if (event.type === 'retired') this.#tell((metrics) => metrics.isolateRetired(event.reason))
  }

  /** Rejects when the library cannot be loaded. */
  async read(): Promise<MetricsText> {
    const metrics = await this.#opening
    if (metrics === null) throw new Error('The metrics are read before they are opened.')
    return { contentType: metrics.contentType, text: await metrics.text() }
  }

  async #catchUp(opening: Promise<ServiceMetrics>): Promise<void> {
    const metrics = await opening
    for (const tell of this.#early) tell(metrics)
    this.#early = []
    this.#metrics = metrics
  }

  #tell(tell: (metrics: ServiceMetrics) => void): void {
    if (this.#metrics !== null) tell(this.#metrics)
    else if (this.#early.length < EARLY_MAX) this.#early.push(tell)
  }
}

async function load({ pool, instances, jobs, buffers, deployments }: Parts): Promise<ServiceMetrics> {
  const { ServiceMetrics: Loaded } = await import('../telemetry/service-metrics.ts')
  return new Loaded({
    executors: () => pool.executors(),
    queue: () => pool.waiting(),
    jobs: () => jobs.counts(null),
    instances: () => instances.countOf(DEFAULT_TENANT),
    bufferedBytes: () => buffers.usedBytes,
    endpointLabel: (endpoint) => {
      if (endpoint === null || endpoint === DEFAULT_ENDPOINT) return DEFAULT_ENDPOINT
      return deployments.registry.current(endpoint) === null ? UNREGISTERED : endpoint
    },
  })
}
