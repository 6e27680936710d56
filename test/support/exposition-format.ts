// Metrics as Prometheus reads them: strictly by the grammar of the text format, and by its own Python client where that is installed.
import { spawnSync } from 'node:child_process'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const SAMPLE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/u
const LABEL = /(?<key>[a-zA-Z_]\w*)="(?<text>(?:[^"\\\n]|\\["\\n])*)"(?:,|$)/uy
const COMMENT = /^# (?:HELP|TYPE) [a-zA-Z_:][\w:]* .+$/u

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
samples = [s for f in text_string_to_metric_families(sys.stdin.read()) for s in f.samples]
print(json.dumps([{"name": s.name, "labels": s.labels, "value": s.value} for s in samples]))
`
const PYTHONS = ['python3', '/usr/bin/python3']
const python = PYTHONS.find((one) => spawnSync(one, ['-c', 'import prometheus_client']).status === 0)

/** Null, with a visible line, where the client is not installed. */
export function readSamplesByPython(text: string): readonly Sample[] | null {
  if (python === undefined) {
    process.stderr.write('SKIPPED: there is no prometheus_client for Python to read the metrics with\n')
    return null
  }
  const { stdout, stderr, status } = spawnSync(python, ['-c', PROGRAM], { input: text, encoding: 'utf8' })
  if (status !== 0) throw new Error(`python3 ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as Sample[]
}
