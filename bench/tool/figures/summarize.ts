// The rounds of each target put together, and its ratio to this service.
import { median } from '../../support/statistics.ts'
import type { ShapeName } from '../load/load-shape.ts'
import type { ScenarioName } from '../scenarios/scenario.ts'
import type { TargetName } from '../targets/target.ts'
import { mergeHistograms } from './histogram.ts'
import type { Histogram } from './histogram.ts'
import { pairedRatio } from './ratio.ts'
import type { Ratio } from './ratio.ts'
import type { CellRound, LatencyFigures, RunDocument } from './run-document.ts'

export const CONFIDENCE = 0.95

export interface Group {
  readonly scenario: ScenarioName
  readonly shape: ShapeName
  /** In the order of the run's targets. */
  readonly targets: readonly TargetSummary[]
}

export interface TargetSummary {
  readonly target: TargetName
  readonly title: string
  readonly rounds: number
  readonly requests: number
  /** 0 to 1. */
  readonly successRate: number
  /** Medians over the rounds, but for `max`, which is that of all; null without a right answer. */
  readonly latencyMs: LatencyFigures | null
  readonly perSecond: number
  readonly cpuMsPerRequest: number
  readonly peakRssBytes: number
  readonly phasesMs: Readonly<Record<string, number>>
  readonly histogram: Histogram
  /** Its p50 over ours, in the same rounds; null for ourselves, or where one of both is missing. */
  readonly p50OverOurs: Ratio | null
  readonly p99OverOurs: Ratio | null
  /** Our requests per second over its. */
  readonly ourRateOverIts: Ratio | null
  readonly problems: readonly string[]
}

export function summarize(run: RunDocument): readonly Group[] {
  const keys = new Set(run.cells.map(({ scenario, shape }) => `${scenario}\n${shape}`))
  return [...keys].map((key) => {
    const [scenario, shape] = key.split('\n') as [ScenarioName, ShapeName]
    const cells = run.cells.filter((cell) => cell.scenario === scenario && cell.shape === shape)
    const ours = cells.filter((cell) => cell.target === 'self')
    const targets = run.targets.flatMap(({ name, title }) => {
      const rounds = cells.filter((cell) => cell.target === name)
      return rounds.length === 0 ? [] : [summarizeTarget({ name, title, rounds, ours })]
    })
    return { scenario, shape, targets }
  })
}

interface TargetRounds {
  readonly name: TargetName
  readonly title: string
  readonly rounds: readonly CellRound[]
  readonly ours: readonly CellRound[]
}

function summarizeTarget({ name, title, rounds, ours }: TargetRounds): TargetSummary {
  const requests = rounds.reduce((total, { requests: count }) => total + count, 0)
  const failed = rounds.reduce((total, cell) => total + cell.failed, 0)
  const ratioOf = (over: (theirs: CellRound, own: CellRound) => Pair | null): Ratio | null => {
    if (name === 'self') return null
    const pairs = rounds.flatMap((theirs) => {
      const own = ours.find(({ round }) => round === theirs.round)
      const pair = own === undefined ? null : over(theirs, own)
      return pair === null ? [] : [pair]
    })
    return pairs.length === 0 ? null : pairedRatio(pairs, CONFIDENCE)
  }
  return {
    target: name,
    title,
    rounds: rounds.length,
    requests,
    successRate: requests === 0 ? 0 : (requests - failed) / requests,
    latencyMs: latencyOf(rounds),
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    cpuMsPerRequest: median(rounds.map((cell) => (cell.cpuSeconds * 1_000) / Math.max(1, cell.requests))),
    peakRssBytes: Math.max(...rounds.map(({ peakRssBytes }) => peakRssBytes)),
    phasesMs: medianByName(rounds.map(({ phasesMs }) => phasesMs)),
    histogram: mergeHistograms(rounds.map(({ histogram }) => histogram)),
    p50OverOurs: ratioOf((theirs, own) => latencyPair(theirs, own, 'p50')),
    p99OverOurs: ratioOf((theirs, own) => latencyPair(theirs, own, 'p99')),
    ourRateOverIts: ratioOf((theirs, own) => positivePair(own.perSecond, theirs.perSecond)),
    problems: [...new Set(rounds.flatMap(({ problems }) => problems))],
  }
}

interface Pair {
  readonly over: number
  readonly under: number
}

function latencyPair(theirs: CellRound, own: CellRound, name: 'p50' | 'p99'): Pair | null {
  return positivePair(theirs.latencyMs?.[name] ?? 0, own.latencyMs?.[name] ?? 0)
}

/** Nothing can be said of a round without a right answer. */
function positivePair(over: number, under: number): Pair | null {
  return over > 0 && under > 0 ? { over, under } : null
}

function latencyOf(rounds: readonly CellRound[]): LatencyFigures | null {
  const all = rounds.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]))
  if (all.length === 0) return null
  return {
    p50: median(all.map(({ p50 }) => p50)),
    p95: median(all.map(({ p95 }) => p95)),
    p99: median(all.map(({ p99 }) => p99)),
    max: Math.max(...all.map(({ max }) => max)),
  }
}

function medianByName(records: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const names = new Set(records.flatMap((record) => Object.keys(record)))
  return Object.fromEntries(
    [...names].map((name) => [name, median(records.flatMap((record) => record[name] ?? []))] as const),
  )
}
