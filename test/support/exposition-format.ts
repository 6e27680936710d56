// Metrics as Prometheus reads them: strictly by the grammar of the text format, and by its own Python client where that is installed.
import { spawnSync } from 'node:child_process'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One metric with its samples; those of a histogram have names of their own. */
export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

const SAMPLE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/u
const LABEL = /(?<key>[a-zA-Z_]\w*)="(?<text>(?:[^"\\\n]|\\["\\n])*)"(?:,|$)/uy
const COMMENT = /^# (?:HELP|TYPE) [a-zA-Z_:][\w:]* .+$/u
const HEAD = /^# HELP (?<name>\S+) (?<help>.+)\n# TYPE (?<type>\S+) (?<kind>counter|gauge|histogram)$/u
const OF_HISTOGRAM = ['_bucket', '_sum', '_count']

/** Throws on a line that the format does not allow. */
export function readSamples(text: string): readonly Sample[] {
  if (!text.endsWith('\n')) throw new Error('The last line does not end.')
  return text.split('\n').flatMap((line) => {
    if (line === '' || COMMENT.test(line)) return []
    const groups = SAMPLE.exec(line)?.groups
    if (groups === undefined) throw new Error(`No sample: ${line}`)
    return [{ name: groups['name'] ?? '', labels: readLabels(groups['labels'] ?? ''), value: Number(groups['value']) }]
  })
}

/** By their heads, with all that the format asks of them. Throws on whatever breaks a rule of it. */
export function readFamilies(text: string): readonly Family[] {
  const families = text
    .trimEnd()
    .split(/\n(?:\n)?(?=# HELP )/u)
    .map(readFamily)
  const names = families.map(({ name }) => name)
  if (new Set(names).size < names.length) throw new Error('A metric is there twice.')
  return families
}

function readFamily(part: string): Family {
  const [help = '', type = '', ...lines] = part.split('\n')
  const groups = HEAD.exec(`${help}\n${type}`)?.groups
  const { name = '', kind = '' } = groups ?? {}
  if (groups === undefined || groups['type'] !== name) throw new Error(`No head: ${help} ${type}`)
  const samples = lines.length === 0 ? [] : readSamples(`${lines.join('\n')}\n`)
  const allowed = kind === 'histogram' ? OF_HISTOGRAM.map((end) => name + end) : [name]
  for (const sample of samples) {
    if (!allowed.includes(sample.name)) throw new Error(`${sample.name} stands below ${name}`)
    if (Number.isNaN(sample.value)) throw new Error(`${sample.name} has no value`)
    if (kind === 'counter' && sample.value < 0) throw new Error(`${sample.name} is negative`)
  }
  const series = samples.map(seriesOf)
  if (new Set(series).size < series.length) throw new Error(`${name} has a series twice.`)
  if (kind === 'counter' && !name.endsWith('_total')) throw new Error(`${name} is a counter without _total.`)
  if (kind === 'histogram') checkHistogram(name, samples)
  return { name, type: kind, help: groups['help'] ?? '', samples }
}

function seriesOf({ name, labels }: Sample): string {
  return JSON.stringify([name, Object.entries(labels).toSorted(([one], [other]) => one.localeCompare(other))])
}

/** Buckets grow with their bounds, and the last has all that were counted. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const bare = ({ labels: { le: _le, ...labels } }: Sample): string => seriesOf({ name, labels, value: 0 })
  const countOf = new Map(
    samples.filter((sample) => sample.name === `${name}_count`).map((sample) => [bare(sample), sample.value]),
  )
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`)
  for (const [series, own] of Map.groupBy(buckets, bare)) {
    const bounds = own.map(({ labels }) => (labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le'])))
    const isOrdered = own.every(
      ({ value }, index) =>
        index === 0 || (value >= (own[index - 1]?.value ?? 0) && (bounds[index] ?? 0) > (bounds[index - 1] ?? 0)),
    )
    if (!isOrdered || bounds.at(-1) !== Number.POSITIVE_INFINITY) throw new Error(`${name} has buckets out of order.`)
    if (own.at(-1)?.value !== countOf.get(series)) throw new Error(`${name} counts what is in no bucket.`)
  }
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  for (let end = 0; end < text.length; end = LABEL.lastIndex) {
    const groups = LABEL.exec(text)?.groups
    if (groups === undefined) throw new Error(`No labels: ${text}`)
    labels[groups['key'] ?? ''] = groups['text'] ?? ''
  }
  return labels
}

const PROGRAM = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
print(json.dumps([{"name": f.name, "type": f.type, "help": f.documentation, "samples": [
  {"name": s.name, "labels": s.labels, "value": s.value} for s in f.samples]} for f in families]))
`
const PYTHONS = ['python3', '/usr/bin/python3']
const python = PYTHONS.find((one) => spawnSync(one, ['-c', 'import prometheus_client']).status === 0)

/** Null, with a visible line, where the client is not installed. It names counters without their `_total`. */
export function readFamiliesByPython(text: string): readonly Family[] | null {
  if (python === undefined) {
    process.stderr.write('SKIPPED: there is no prometheus_client for Python to read the metrics with\n')
    return null
  }
  const { stdout, stderr, status } = spawnSync(python, ['-c', PROGRAM], { input: text, encoding: 'utf8' })
  if (status !== 0) throw new Error(`python3 ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as Family[]
}
