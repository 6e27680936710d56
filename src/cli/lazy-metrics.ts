// The metrics of the service: their library is loaded while the executors start, and what comes before that is kept for it.
import type { EgressRecord } from '../egress/egress-broker.ts'
import type { MetricsText } from '../http/metrics-route.ts'
import type { RequestRecord } from '../http/request-record.ts'
import { labelOfEnd } from '../pool/lost-failure.ts'
import type { RunnerEvent } from '../pool/runner-event.ts'
import type { ServiceMetrics } from '../telemetry/service-metrics.ts'
import { metricsSources } from './metrics-sources.ts'
import type { MetricsParts } from './metrics-sources.ts'

/** Requests and events before the library is there: a moment's worth. */
const EARLY_MAX = 1_000

export class LazyMetrics {
  #metrics: ServiceMetrics | null = null
  #opening: Promise<ServiceMetrics> | null = null
  #early: ((metrics: ServiceMetrics) => void)[] = []

  /** To be called once, when everything is there that is counted. */
  open(parts: MetricsParts): void {
    this.#opening = load(parts)
    // Whoever reads the metrics hears of what goes wrong.
    this.#catchUp(this.#opening).catch(() => undefined)
  }

  request(record: RequestRecord): void {
    this.#tell((metrics) => metrics.request(record))
  }

  exchange(record: EgressRecord): void {
    this.#tell((metrics) => metrics.exchange(record))
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

async function load(parts: MetricsParts): Promise<ServiceMetrics> {
  const { ServiceMetrics: Loaded } = await import('../telemetry/service-metrics.ts')
  return new Loaded(metricsSources(parts))
}
