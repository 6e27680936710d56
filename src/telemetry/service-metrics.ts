// What the service counts of itself, in the form that Prometheus reads. Label sets are bounded: their values come from tables.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { PHASES, phaseName } from './phases.ts'
import type { RequestFacts } from './request-line.ts'

/** What is looked at when somebody reads the metrics. */
export interface MetricsSources {
  /** By role (`spare` for one that nobody has) and state. */
  readonly executors: () => readonly { readonly role: string; readonly state: string }[]
  /** Tasks that wait for an executor. */
  readonly queue: () => { readonly waiting: number; readonly oldestMs: number }
  readonly jobs: () => { readonly inQueue: number; readonly inProgress: number }
  readonly instances: () => number
  /** Bytes of bodies and answers that the front process holds. */
  readonly bufferedBytes: () => number
  /** What the label `endpoint` has for an endpoint of a request: one value for all that are not registered. */
  readonly endpointLabel: (endpoint: string | null) => string
}

/** From what a warm call takes to the longest wall limit. */
const SECONDS = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
]
/** From a virgin isolate to one with the largest heap that is usual. */
const HEAP_BYTES = [1, 2, 4, 8, 16, 32, 64, 128, 256].map((megabytes) => megabytes * 1024 * 1024)
const PREFIX = 'worker_isolate_'
const MS_PER_SECOND = 1_000
const US_PER_SECOND = 1_000_000
const NONE = 'none'

export class ServiceMetrics {
  readonly #sources: MetricsSources
  readonly #registry = new Registry()
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
    const registers = [this.#registry]
    const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
      new Counter({ name: PREFIX + name, help, labelNames, registers })
    const seconds = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
      new Histogram({ name: PREFIX + name, help, labelNames, registers, buckets: SECONDS })
    this.#requests = counter('requests_total', 'Answered requests.', ['route', 'endpoint', 'mode', 'status', 'code'])
    this.#requestSeconds = seconds('request_duration_seconds', 'From arrival at the route to the answer.', [
      'route',
      'mode',
    ])
    this.#phaseSeconds = seconds('phase_duration_seconds', 'Where the time of tasks went.', ['phase', 'mode'])
    this.#cpuSeconds = seconds('task_cpu_seconds', 'Processor time of tasks.', ['mode'])
    this.#tasks = counter('tasks_total', 'Tasks that ran, by what they ran in.', ['mode', 'isolate'])
    this.#codeCaches = counter('code_cache_uses_total', 'Whether V8 took the code cache of what it compiled.', [
      'mode',
      'use',
    ])
    this.#heapBytes = new Histogram({
      name: `${PREFIX}task_heap_bytes`,
      help: "V8's heap at the end of a task, where it was looked at.",
      labelNames: ['mode'],
      registers,
      buckets: HEAP_BYTES,
    })
    this.#jobsEnded = counter('jobs_ended_total', 'Jobs that ended after their request was answered.', [
      'endpoint',
      'status',
      'code',
    ])
    this.#executorsEnded = counter('executors_ended_total', 'Executor processes that ended.', ['reason'])
    this.#isolatesRetired = counter(
      'isolates_retired_total',
      'Isolates of deployed modules and instances that ended.',
      ['reason'],
    )
    this.#addGauges()
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    return this.#registry.metrics()
  }

  /** One answered request, or a job that ended later. */
  request(facts: RequestFacts & { readonly endpoint: string | null }): void {
    const { route, status, code, durationMs, usage } = facts
    const mode = facts.mode ?? NONE
    const endpoint = this.#sources.endpointLabel(facts.endpoint)
    if (facts.event === 'finished') {
      this.#jobsEnded.inc({ endpoint, status: facts.jobStatus ?? NONE, code: code ?? NONE })
    } else {
      this.#requests.inc({ route, endpoint, mode, status: String(status), code: code ?? NONE })
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

  #addGauges(): void {
    const { executors, queue, jobs, instances, bufferedBytes } = this.#sources
    this.#gauge('executors', 'Executor processes.', ['role', 'state'], (gauge) => {
      gauge.reset()
      for (const labels of executors()) gauge.inc(labels)
    })
    this.#gauge('queue_waiting', 'Tasks that wait for an executor.', [], (gauge) => gauge.set(queue().waiting))
    this.#gauge('queue_oldest_seconds', 'How long the oldest of them has waited.', [], (gauge) =>
      gauge.set(queue().oldestMs / MS_PER_SECOND),
    )
    this.#gauge('jobs', 'Jobs that are not finished.', ['state'], (gauge) => {
      const { inQueue, inProgress } = jobs()
      gauge.set({ state: 'IN_QUEUE' }, inQueue)
      gauge.set({ state: 'IN_PROGRESS' }, inProgress)
    })
    this.#gauge('instances', 'Instances of classes that live.', [], (gauge) => gauge.set(instances()))
    this.#gauge('buffered_bytes', 'Bodies and answers in the front process.', [], (gauge) => gauge.set(bufferedBytes()))
    this.#gauge('front_resident_bytes', 'Resident memory of the front process.', [], (gauge) =>
      gauge.set(process.memoryUsage.rss()),
    )
    this.#gauge('front_cpu_seconds', 'Processor time of the front process.', [], (gauge) => {
      const { user, system } = process.cpuUsage()
      gauge.set((user + system) / US_PER_SECOND)
    })
  }

  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: (gauge: Gauge<Label>) => void,
  ): void {
    const gauge: Gauge<Label> = new Gauge({
      name: PREFIX + name,
      help,
      labelNames,
      registers: [this.#registry],
      collect: () => read(gauge),
    })
  }
}
