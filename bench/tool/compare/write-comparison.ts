// A comparison for a terminal: what changed first, then what did not.
import { layOut } from '../../support/text-table.ts'
import type { RunDocument } from '../figures/run-document.ts'
import { digits, ratioText } from '../report/numbers.ts'
import { FIGURES } from './compare-runs.ts'
import type { Change, Comparison } from './compare-runs.ts'

/** Beyond this the machine itself is said to differ. */
const DRIFT_MOST = 0.05

export function writeComparison(comparison: Comparison, before: RunDocument, after: RunDocument): string {
  const { changes, drift, onlyBefore, onlyAfter } = comparison
  const changed = changes.filter(({ verdict }) => verdict === 'better' || verdict === 'worse')
  const own = changed.filter(({ target }) => target === 'self')
  const others = changed.filter(({ target }) => target !== 'self')
  const same = changes.filter(({ verdict }) => verdict === 'no difference').length
  const few = changes.filter(({ verdict }) => verdict === 'too few rounds').length
  return [
    `before: ${describe(before)}\nafter:  ${describe(after)}\n\n`,
    writeChanges('This service', own),
    writeChanges('The others', others),
    `${same} figures do not differ beyond noise (99 % intervals, at least 3 %).\n`,
    few > 0 ? `${few} figures have too few rounds to say.\n` : '',
    drift === null ? '' : describeDrift(drift.value),
    ...differences(before, after),
    listCells('Only before', onlyBefore),
    listCells('Only after', onlyAfter),
  ].join('')
}

function writeChanges(title: string, changes: readonly Change[]): string {
  if (changes.length === 0) return `${title}: nothing changed beyond noise.\n`
  const rows = changes.map(({ scenario, shape, target, figure, ratio, verdict }) => [
    `  ${scenario} ${shape} ${target}`,
    FIGURES[figure].title,
    verdict,
    ratioText(ratio),
  ])
  return `${title}, after over before:\n${layOut(rows)}\n`
}

const LISTED = 5

function listCells(title: string, cells: readonly string[]): string {
  if (cells.length === 0) return ''
  const more = cells.length > LISTED ? `, and ${cells.length - LISTED} more` : ''
  return `${title}: ${cells.slice(0, LISTED).join('; ')}${more}\n`
}

function describe({ machine, rounds }: RunDocument): string {
  return `${machine['commit']}, ${rounds} rounds, ${machine['date']}`
}

function describeDrift(value: number): string {
  if (Math.abs(value - 1) < DRIFT_MOST) return ''
  return `The others' p50 is ${digits(value)} times what it was: the machine, or what else runs on it, differs by about that much.\n`
}

/** What makes two runs incomparable, or explains a change. */
function differences(before: RunDocument, after: RunDocument): readonly string[] {
  const facts = ['cores', 'processor', 'memoryGb', 'kernel', 'node'].filter(
    (name) => before.machine[name] !== after.machine[name],
  )
  const versions = before.targets.flatMap(({ name, version }) => {
    const now = after.targets.find((target) => target.name === name)?.version
    return now === undefined || now === version ? [] : [`${name}: ${version} before, ${now} after.\n`]
  })
  return [
    ...facts.map((name) => `${name}: ${before.machine[name]} before, ${after.machine[name]} after.\n`),
    ...versions,
  ]
}
