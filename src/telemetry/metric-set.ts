// The metrics of the service as they are declared: one name and one set of labels each, of which the docs are made too.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** A metric as the docs show it. */
export interface MetricDefinition {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  /** A sentence. */
  readonly help: string
}

/** Some labels may have no value, in a series to which they do not apply. */
export type Labels<Label extends string> = Readonly<Partial<Record<Label, string>>>

/** Gives the value of one series. */
export type Give<Label extends string> = (value: number, labels?: Labels<Label>) => void

/** Asked for all series of a metric whenever somebody reads it, so that what goes on has nothing to pay for it. */
export type Read<Label extends string, Result = void> = (give: Give<Label>) => Result

const PREFIX = 'worker_isolate_'

export class MetricSet {
  readonly #registry = new Registry()
  readonly #definitions: MetricDefinition[] = []

  get definitions(): readonly MetricDefinition[] {
    return this.#definitions
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    return this.#registry.metrics()
  }

  readonly counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter(this.#define('counter', name, help, labelNames))

  readonly histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: readonly number[],
  ): Histogram<Label> => new Histogram({ ...this.#define('histogram', name, help, labelNames), buckets: [...buckets] })

  readonly gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: Read<Label, void | Promise<void>>,
  ): void => {
    const gauge: Gauge<Label> = new Gauge({
      ...this.#define('gauge', name, help, labelNames),
      async collect() {
        const series: Parameters<Give<Label>>[] = []
        await read((...one) => void series.push(one))
        // In one go, because somebody else may read at the same time.
        gauge.reset()
        for (const [value, labels] of series) {
          if (labels === undefined) gauge.set(value)
          else gauge.set(labels, value)
        }
      },
    })
  }

  /** For what somebody else counts. */
  readonly total = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: Read<Label>,
  ): void => {
    const counter: Counter<Label> = new Counter({
      ...this.#define('counter', name, help, labelNames),
      collect() {
        counter.reset()
        read((value, labels) => (labels === undefined ? counter.inc(value) : counter.inc(labels, value)))
      },
    })
  }

  #define<Label extends string>(
    type: MetricDefinition['type'],
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): { name: string; help: string; labelNames: readonly Label[]; registers: Registry[] } {
    this.#definitions.push({ name: PREFIX + name, type, labels: labelNames, help })
    return { name: PREFIX + name, help, labelNames, registers: [this.#registry] }
  }
}
