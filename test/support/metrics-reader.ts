// The metrics of a running service: read, checked by every rule of the format, and asked for single values.
import { readFamilies } from './exposition-format.ts'
import type { Family } from './exposition-format.ts'

const PREFIX = 'worker_isolate_'

export interface ReadMetrics {
  readonly text: string
  readonly families: readonly Family[]
  /** The sum of the samples of that name that have all of these labels; NaN where there is none. */
  readonly value: (name: string, labels?: Readonly<Record<string, string>>) => number
}

export async function readMetrics(url: string): Promise<ReadMetrics> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const families = readFamilies(text)
  const samples = families.flatMap((family) => family.samples)
  const value: ReadMetrics['value'] = (name, labels = {}) => {
    const found = samples.filter(
      (sample) =>
        sample.name === PREFIX + name && Object.entries(labels).every(([key, one]) => sample.labels[key] === one),
    )
    return found.length === 0 ? Number.NaN : found.reduce((sum, sample) => sum + sample.value, 0)
  }
  return { text, families, value }
}
