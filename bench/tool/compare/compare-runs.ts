// What got faster or slower from one run to another, beyond what rounds differ by themselves.
import { unpairedRatio } from '../figures/ratio.ts'
import type { Ratio } from '../figures/ratio.ts'
import type { CellRound, RunDocument } from '../figures/run-document.ts'

/** Higher than that of a single interval, since a comparison looks at many figures at once. */
const CONFIDENCE = 0.99
/** A change that is smaller is not told, however sure it is. */
const LEAST = 0.03

export const FIGURES = {
  p50: { title: 'p50', isBetter: 'lower' },
  p99: { title: 'p99', isBetter: 'lower' },
  rate: { title: 'answers/s', isBetter: 'higher' },
  cpu: { title: 'CPU each', isBetter: 'lower' },
  rss: { title: 'peak RSS', isBetter: 'lower' },
} as const

export type FigureName = keyof typeof FIGURES

export type Verdict = 'better' | 'worse' | 'no difference' | 'too few rounds'

export interface Change {
  readonly scenario: CellRound['scenario']
  readonly shape: CellRound['shape']
  readonly target: CellRound['target']
  readonly figure: FigureName
  /** After over before. */
  readonly ratio: Ratio
  readonly verdict: Verdict
}

export interface Comparison {
  readonly changes: readonly Change[]
  /** Cells that only one of both has. */
  readonly onlyBefore: readonly string[]
  readonly onlyAfter: readonly string[]
  /** Geometric mean of the changes of the peers' p50, which nothing of ours changes: how much the machine differs. */
  readonly drift: Ratio | null
}

export function compareRuns(before: RunDocument, after: RunDocument): Comparison {
  const old = groupCells(before.cells)
  const now = groupCells(after.cells)
  const changes = [...old].flatMap(([key, cells]) => compareCells(cells, now.get(key) ?? []))
  return {
    changes,
    onlyBefore: [...old.keys()].filter((key) => !now.has(key)),
    onlyAfter: [...now.keys()].filter((key) => !old.has(key)),
    drift: driftOf(changes),
  }
}

function groupCells(cells: readonly CellRound[]): Map<string, CellRound[]> {
  return Map.groupBy(cells, ({ scenario, shape, target }) => `${scenario} ${shape} ${target}`)
}

function compareCells(before: readonly CellRound[], after: readonly CellRound[]): readonly Change[] {
  const first = before[0]
  if (first === undefined || after.length === 0) return []
  const { scenario, shape, target } = first
  return (Object.keys(FIGURES) as readonly FigureName[]).flatMap((figure) => {
    const old = before.map((cell) => valueOf(cell, figure)).filter((value) => value > 0)
    const now = after.map((cell) => valueOf(cell, figure)).filter((value) => value > 0)
    if (old.length === 0 || now.length === 0) return []
    const ratio = unpairedRatio(now, old, CONFIDENCE)
    return [{ scenario, shape, target, figure, ratio, verdict: judge(ratio, FIGURES[figure].isBetter) }]
  })
}

function valueOf(cell: CellRound, figure: FigureName): number {
  switch (figure) {
    case 'p50':
    case 'p99':
      return cell.latencyMs?.[figure] ?? 0
    case 'rate':
      return cell.perSecond
    case 'cpu':
      return cell.cpuSeconds / Math.max(1, cell.requests)
    case 'rss':
      return cell.peakRssBytes
    default:
      return figure satisfies never
  }
}

function judge({ value, interval }: Ratio, isBetter: 'lower' | 'higher'): Verdict {
  if (interval === null) return 'too few rounds'
  if ((interval.low <= 1 && interval.high >= 1) || Math.abs(value - 1) < LEAST) return 'no difference'
  return value < 1 === (isBetter === 'lower') ? 'better' : 'worse'
}

const DRIFT_CONFIDENCE = 0.95

function driftOf(changes: readonly Change[]): Ratio | null {
  const peers = changes.filter(({ target, figure }) => target !== 'self' && figure === 'p50')
  if (peers.length === 0) return null
  const values = peers.map(({ ratio }) => ratio.value)
  // Against ones: the interval is that of the mean of these ratios.
  return unpairedRatio(values, [1, 1], DRIFT_CONFIDENCE)
}
