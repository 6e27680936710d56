// The tables of the docs that come from the code: settings, error codes and metrics, as Markdown between markers.
import { describeAllowed, describeDefault, unitOf } from '../src/cli/describe-setting.ts'
import { environmentName, flagName } from '../src/config/names.ts'
import type { Setting } from '../src/config/setting.ts'
import { SECTIONS } from '../src/config/settings.ts'
import type { SettingKey } from '../src/config/settings.ts'
import { ERRORS } from '../src/errors.ts'
import type { Blame, ErrorCode, ErrorSpec } from '../src/errors.ts'
import { BUDGETS } from '../src/telemetry/budget-metrics.ts'
import { ServiceMetrics } from '../src/telemetry/service-metrics.ts'
import { METRIC_ALERTS } from './metric-alerts.ts'

/** A part of a document that is written by the program: what stands between its two markers. */
export interface GeneratedPart {
  /** From the root of the project. */
  readonly path: string
  readonly name: string
  readonly content: string
}

export function renderDocs(): readonly GeneratedPart[] {
  return [
    { path: 'docs/configuration.md', name: 'settings', content: renderSettings() },
    { path: 'docs/errors.md', name: 'codes', content: renderErrors() },
    { path: 'docs/operations.md', name: 'metrics', content: renderMetrics() },
    { path: 'docs/operations.md', name: 'budgets', content: renderBudgets() },
  ]
}

/** The document with its part replaced. Throws when the markers are not there, each once and in order. */
export function replacePart(document: string, { path, name, content }: GeneratedPart): string {
  const [begin, end] = [`<!-- begin generated: ${name} -->\n`, `<!-- end generated: ${name} -->`]
  const [before, rest, ...more] = document.split(begin)
  const [old, after, ...others] = rest?.split(end) ?? []
  if (before === undefined || old === undefined || after === undefined || more.length + others.length > 0) {
    throw new Error(`${path} needs the markers of "${name}", each once.`)
  }
  return `${before}${begin}\n${content}\n${end}${after}`
}

function renderSettings(): string {
  const sections = SECTIONS.map(({ title, settings }) => {
    const rows = Object.entries<Setting>(settings).map(([key, setting]) => renderSetting(key as SettingKey, setting))
    return `### ${title}\n\n${table(['Variable', 'Flag', 'Default', 'Allowed', 'Unit', 'Meaning'], rows)}`
  })
  return sections.join('\n')
}

function renderSetting(key: SettingKey, setting: Setting): readonly string[] {
  const flag = flagName(key)
  return [
    `\`${environmentName(key)}\``,
    flag === null ? '–' : `\`--${flag}\``,
    describeDefault(setting),
    describeAllowed(setting),
    unitOf(setting) ?? '–',
    setting.description,
  ]
}

const BLAMES: Readonly<Record<Blame, string>> = {
  request: 'The request',
  guest: 'The submitted code',
  limit: 'A limit',
  service: 'The service',
}

function renderErrors(): string {
  const specs: Readonly<Record<ErrorCode, ErrorSpec>> = ERRORS
  const sections = Object.entries(BLAMES).map(([blame, title]) => {
    const rows = Object.entries(specs)
      .filter(([, spec]) => spec.blame === blame)
      .map(([code, spec]) => [`\`${code}\``, String(spec.status), spec.retryable ? 'yes' : 'no', spec.meaning])
    return `### ${title} (\`${blame}\`)\n\n${table(['Code', 'Status', 'Retryable', 'Meaning'], rows)}`
  })
  return sections.join('\n')
}

/** Throws when a metric has no word on alerts, or a word no metric. */
function renderMetrics(): string {
  const { definitions } = new ServiceMetrics(NO_SOURCES)
  const names = new Set(definitions.map(({ name }) => name))
  const unknown = Object.keys(METRIC_ALERTS).filter((name) => !names.has(name))
  if (unknown.length > 0) throw new Error(`There are no metrics ${unknown.join(', ')}.`)
  const rows = definitions.map(({ name, type, labels, help }) => {
    const alert = METRIC_ALERTS[name]
    if (alert === undefined) throw new Error(`scripts/metric-alerts.ts does not say when to be told of ${name}.`)
    return [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), help, alert ?? '–']
  })
  return table(['Metric', 'Type', 'Labels', 'Meaning', 'Alert on'], rows)
}

/** Nobody reads what a document is made of. */
const NO_SOURCES: ConstructorParameters<typeof ServiceMetrics>[0] = {
  executors: () => [],
  queue: () => ({ waiting: 0, oldestMs: 0 }),
  jobs: () => ({ inQueue: 0, inProgress: 0, oldestMs: 0, accepted: {}, retried: 0, found: {} }),
  webhooks: () => ({ posts: {}, givenUp: 0 }),
  openEgress: () => 0,
  refusedConnections: () => 0,
  budgets: async () => [],
  endpointLabel: () => '',
}

function renderBudgets(): string {
  const rows = Object.entries(BUDGETS).map(([name, [setting, meaning]]) => [
    `\`${name}\``,
    setting === null ? '–' : `\`${setting}\``,
    meaning,
  ])
  return table(['`budget`', 'Limit', 'What is used'], rows)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('')
}
