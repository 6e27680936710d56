// Tables of figures, as HTML and as the rows behind both reports.
import type { RunDocument } from '../figures/run-document.ts'
import type { Group, TargetSummary } from '../figures/summarize.ts'
import { element, textNode } from './markup.ts'
import { digits, mebibytes, percent, ratioText } from './numbers.ts'

export const FIGURE_COLUMNS = [
  'target',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'max ms',
  'answers/s',
  'success',
  'CPU ms each',
  'peak RSS',
  'p50 over ours',
  'p99 over ours',
  'our rate over its',
] as const

export function figureRow(target: TargetSummary): readonly string[] {
  const { latencyMs } = target
  const ms = (name: 'p50' | 'p95' | 'p99' | 'max'): string => digits(latencyMs?.[name] ?? Number.NaN)
  return [
    target.title,
    ms('p50'),
    ms('p95'),
    ms('p99'),
    ms('max'),
    digits(target.perSecond),
    percent(target.successRate),
    digits(target.cpuMsPerRequest),
    mebibytes(target.peakRssBytes),
    ratioText(target.p50OverOurs),
    ratioText(target.p99OverOurs),
    ratioText(target.ourRateOverIts),
  ]
}

export function figureTable({ targets }: Group): string {
  const head = element(
    'tr',
    {},
    FIGURE_COLUMNS.map((name) => element('th', { scope: 'col' }, [textNode(name)])),
  )
  const rows = targets.map((target) =>
    element(
      'tr',
      target.target === 'self' ? { class: 'own' } : {},
      figureRow(target).map((cell) => element('td', {}, [textNode(cell)])),
    ),
  )
  const problems = targets.flatMap(({ title, problems: list }) => list.map((problem) => `${title}: ${problem}`))
  return [
    element('div', { class: 'scroll' }, [
      element('table', {}, [element('thead', {}, [head]), element('tbody', {}, rows)]),
    ]),
    ...problems.map((problem) => element('p', { class: 'note' }, [textNode(problem)])),
  ].join('')
}

export function conditionRows(run: RunDocument): readonly (readonly [string, string])[] {
  return [
    ['command', run.command],
    ...Object.entries(run.machine).map(([name, value]) => [name, String(value)] as const),
    ['warm-up', `${run.warmUpSeconds} s before each measurement`],
    ...run.targets.map(({ title, version, boundary }) => [title, `${version}; ${boundary}`] as const),
    ...run.missing.map(({ target, reason }) => [target, `not measured: ${reason}`] as const),
    ...refusals(run),
  ]
}

function refusals({ refused }: RunDocument): readonly (readonly [string, string])[] {
  const byTarget = Map.groupBy(refused, ({ target, reason }) => `${target}\n${reason}`)
  return [...byTarget].map(([key, list]) => {
    const [target = '', reason = ''] = key.split('\n')
    return [target, `not in ${list.map(({ scenario }) => scenario).join(', ')}: ${reason}`] as const
  })
}
