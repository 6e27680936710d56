// What the speed bench prints: rounds, medians, bars.
import type { MachineFacts } from '../support/machine.ts'
import { writeMachine } from '../support/machine.ts'
import { median } from '../support/statistics.ts'
import { layOut, short } from '../support/text-table.ts'
import type { Row } from '../support/text-table.ts'
import { CHILD, WORKER, writeBars } from './bars.ts'
import type { Verdict } from './bars.ts'
import type { Pair, Part } from './run-part.ts'

interface Column {
  readonly title: string
  readonly valueOf: (pair: Pair) => number | undefined
}

const COLUMNS: readonly Column[] = [
  { title: 'floor p50', valueOf: ({ floor }) => floor.latencyMs.p50 },
  { title: 'floor/s', valueOf: ({ floor }) => floor.perSecond },
  { title: 'p50', valueOf: ({ service }) => service.latencyMs.p50 },
  { title: 'p90', valueOf: ({ service }) => service.latencyMs.p90 },
  { title: 'p99', valueOf: ({ service }) => service.latencyMs.p99 },
  { title: 'p50 from send', valueOf: ({ service }) => service.fromSendMs.p50 },
  { title: 'requests/s', valueOf: ({ service }) => service.perSecond },
  { title: 'CPU: floor', valueOf: ({ floor }) => floor.cpuMs },
  { title: 'front', valueOf: ({ service }) => service.cpuMs.front },
  { title: 'executors', valueOf: ({ service }) => service.cpuMs.executors },
  { title: 'client', valueOf: ({ service }) => service.cpuMs.client },
  { title: 'others, cores', valueOf: ({ service }) => service.othersCores },
  { title: 'Worker p50', valueOf: ({ others }) => others[WORKER]?.latencyMs.p50 },
  { title: 'process p50', valueOf: ({ others }) => others[CHILD]?.latencyMs.p50 },
]

export function writeReport(machine: MachineFacts, parts: readonly Part[], verdicts: readonly Verdict[]): string {
  const head: Row = ['round', ...COLUMNS.map(({ title }) => title)]
  const rounds = parts.flatMap(({ name, pairs }) => [
    ...pairs.map((pair, index) => rowOf(`${name}, ${index + 1}`, (valueOf) => valueOf(pair))),
    rowOf(`${name}, median`, (valueOf) => median(pairs.map((pair) => valueOf(pair) ?? Number.NaN))),
  ])
  return [
    writeMachine(machine),
    'Times in ms; CPU is processor time for each request. The service answers over HTTP, the others within a process.\n',
    layOut([head, ...rounds]),
    parts.map(writePhases).join(''),
    writeBars(verdicts),
  ].join('\n')
}

function rowOf(name: string, read: (valueOf: Column['valueOf']) => number | undefined): Row {
  return [name, ...COLUMNS.map(({ valueOf }) => short(read(valueOf) ?? Number.NaN))]
}

function writePhases({ name, settings, phasesMs }: Part): string {
  const phases = Object.entries(phasesMs).map(([phase, value]) => `${phase} ${short(value)}`)
  const changed = Object.entries(settings).map(([setting, value]) => `${setting}=${value}`)
  return `${name} (${changed.length === 0 ? 'default settings' : changed.join(' ')}), logged medians: ${phases.join(', ')}\n`
}
