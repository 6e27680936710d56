// What the service counts of itself, in the form that Prometheus reads. Label sets are bounded: their values come from tables.
import type { Counter, Histogram } from 'prom-client'
import { addBudgetMetrics } from './budget-metrics.ts'
import type { BudgetSources } from './budget-metrics.ts'
import { EgressMetrics } from './egress-metrics.ts'
import type { EgressFacts } from './egress-metrics.ts'
import { addFrontMetrics } from './front-metrics.ts'
import type { FrontSources } from './front-metrics.ts'
import { addJobMetrics } from './job-metrics.ts'
import type { JobSources } from './job-metrics.ts'
import { NONE, codeLabel, statusLabel } from './labels.ts'
import { MetricSet } from './metric-set.ts'
import type { MetricDefinition } from './metric-set.ts'
import { PHASES, phaseName } from './phases.ts'
import { addPoolMetrics } from './pool-metrics.ts'
import type { PoolSources } from './pool-metrics.ts'
import type { RequestFacts } from './request-line.ts'

/** What is looked at when somebody reads the metrics. */
export interface MetricsSources extends PoolSources, JobSources, BudgetSources, FrontSources {
  /** What the label `endpoint` has for an endpoint of a request: one value for all that are not registered. */
  readonly endpointLabel: (endpoint: string | null) => string
  /** Requests of submitted code to other hosts that are not over. */
  readonly openEgress: () => number
}

/** From what a warm call takes to the longest wall limit. */
const SECONDS = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
]
/** From a virgin isolate to one with the largest heap that is usual. */
const HEAP_BYTES = [1, 2, 4, 8, 16, 32, 64, 128, 256].map((megabytes) => megabytes * 1024 * 1024)
const MS_PER_SECOND = 1_000

export class ServiceMetrics {
  readonly #sources: MetricsSources
  readonly #set = new MetricSet()
  readonly #egress: EgressMetrics
  readonly #requests: Counter<'route' | 'endpoint' | 'mode' | 'status' | 'code'>
  readonly #requestSeconds: Histogram<'route' | 'mode'>
  readonly #phaseSeconds: Histogram<'phase' | 'mode'>
  readonly #cpuSeconds: Histogram<'mode'>
  readonly #tasks: Counter<'mode' | 'isolate'>
  readonly #codeCaches: Counter<'mode' | 'use'>
  readonly #heapBytes: Histogram<'mode'>
  readonly #jobsEnded: Counter<'endpoint' | 'status' | 'code'>
  readonly #executorsEnded: Counter<'reason'>
  readonly #isolatesRetired: Counter<'reason'>

  constructor(sources: MetricsSources) {
    this.#sources = sources
    const { counter } = this.#set
    const seconds = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
      this.#set.histogram(name, help, labelNames, SECONDS)
    this.#requests = counter('requests_total', 'Answered requests.', ['route', 'endpoint', 'mode', 'status', 'code'])
    this.#requestSeconds = seconds('request_duration_seconds', 'From arrival at the route to the answer.', [
      'route',
      'mode',
    ])
    this.#phaseSeconds = seconds(
      'phase_duration_seconds',
      'Where the time of tasks went, by the phases that the log and `Server-Timing` have, too.',
      ['phase', 'mode'],
    )
    this.#cpuSeconds = seconds('task_cpu_seconds', 'Processor time of tasks.', ['mode'])
    this.#tasks = counter('tasks_total', 'Tasks that ran, by what they ran in.', ['mode', 'isolate'])
    this.#codeCaches = counter('code_cache_uses_total', 'Whether V8 took the code cache of what it compiled.', [
      'mode',
      'use',
    ])
    this.#heapBytes = this.#set.histogram(
      'task_heap_bytes',
      "V8's heap at the end of a task, where it was looked at.",
      ['mode'],
      HEAP_BYTES,
    )
    this.#jobsEnded = counter('jobs_ended_total', 'Jobs that ended after their request was answered.', [
      'endpoint',
      'status',
      'code',
    ])
    this.#executorsEnded = counter(
      'executors_ended_total',
      'Executor processes that ended: recycled, idle, killed for a limit, died of a signal.',
      ['reason'],
    )
    this.#isolatesRetired = counter(
      'isolates_retired_total',
      'Isolates of deployed modules and of instances that ended.',
      ['reason'],
    )
    addPoolMetrics(this.#set, sources)
    addJobMetrics(this.#set, sources)
    this.#egress = new EgressMetrics(this.#set, sources.openEgress)
    addBudgetMetrics(this.#set, sources)
    addFrontMetrics(this.#set, sources)
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#set.contentType
  }

  /** Every metric that there is, for the docs. */
  get definitions(): readonly MetricDefinition[] {
    return this.#set.definitions
  }

  async text(): Promise<string> {
    return this.#set.text()
  }

  /** One answered request, or a job that ended later. */
  request(facts: RequestFacts & { readonly endpoint: string | null }): void {
    const { route, durationMs, usage } = facts
    const code = codeLabel(facts.code)
    const mode = facts.mode ?? NONE
    const endpoint = this.#sources.endpointLabel(facts.endpoint)
    if (facts.event === 'finished') {
      this.#jobsEnded.inc({ endpoint, status: facts.jobStatus ?? NONE, code })
    } else {
      this.#requests.inc({ route, endpoint, mode, status: statusLabel(facts.status), code })
      this.#requestSeconds.observe({ route, mode }, durationMs / MS_PER_SECOND)
    }
    if (usage === null) return
    this.#cpuSeconds.observe({ mode }, usage.cpuMs / MS_PER_SECOND)
    if (usage.isolate !== undefined) this.#tasks.inc({ mode, isolate: usage.isolate })
    if (usage.codeCache !== undefined) this.#codeCaches.inc({ mode, use: usage.codeCache })
    if (usage.heapBytes !== undefined) this.#heapBytes.observe({ mode }, usage.heapBytes)
    for (const name of PHASES) {
      const spentMs = usage.phases[name]
      if (spentMs !== undefined) {
        this.#phaseSeconds.observe({ phase: phaseName(name), mode }, spentMs / MS_PER_SECOND)
      }
    }
  }

  /** @param reason one of a table of the service, never text of a guest. */
  executorEnded(reason: string): void {
    this.#executorsEnded.inc({ reason })
  }

  isolateRetired(reason: string): void {
    this.#isolatesRetired.inc({ reason })
  }

  /** One request of submitted code to another host that is over. */
  exchange(facts: EgressFacts): void {
    this.#egress.ended(facts)
  }
}
