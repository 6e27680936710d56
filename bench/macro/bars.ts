// The bars of speed: what is held against what, and by how much.
import { median } from '../support/statistics.ts'
import { layOut } from '../support/text-table.ts'
import type { Row } from '../support/text-table.ts'
import type { Pair, Part } from './run-part.ts'

interface Bar {
  readonly part: string
  readonly claim: string
  readonly ratioOf: (pair: Pair) => number
  /** Null for a ratio that is only shown. */
  readonly bound: { readonly most: number } | { readonly least: number } | null
}

export const ONE_CLIENT = 'one client'
export const POISSON = 'Poisson 50/s'
export const THROUGHPUT = '8 clients'
/** Names of further comparisons. */
export const WORKER = 'Worker'
export const CHILD = 'process'
export const BACK_TO_BACK = 'floor, back to back'

const BARS: readonly Bar[] = [
  {
    part: ONE_CLIENT,
    claim: 'p50, of that of the floor',
    ratioOf: ({ service, floor }) => service.latencyMs.p50 / floor.latencyMs.p50,
    bound: { most: 1.6 },
  },
  {
    part: ONE_CLIENT,
    claim: 'p50 of a Worker per request, of ours',
    ratioOf: ({ service, others }) => p50Of(others[WORKER]) / service.latencyMs.p50,
    bound: { least: 10 },
  },
  {
    part: ONE_CLIENT,
    // What the bar above would be for a bare isolate, without HTTP and in the process that asks.
    claim: 'p50 of a Worker per request, of the floor',
    ratioOf: ({ floor, others }) => p50Of(others[WORKER]) / floor.latencyMs.p50,
    bound: null,
  },
  {
    part: ONE_CLIENT,
    claim: 'p50 of a process per request, of ours',
    ratioOf: ({ service, others }) => p50Of(others[CHILD]) / service.latencyMs.p50,
    bound: null,
  },
  {
    part: POISSON,
    claim: 'p50, of that of the floor at the same arrivals',
    ratioOf: ({ service, floor }) => service.latencyMs.p50 / floor.latencyMs.p50,
    bound: { most: 1 },
  },
  {
    part: POISSON,
    claim: 'p50, of that of the floor back to back',
    ratioOf: ({ service, others }) => service.latencyMs.p50 / p50Of(others[BACK_TO_BACK]),
    bound: null,
  },
  {
    part: THROUGHPUT,
    claim: 'rate, of that of the floor',
    ratioOf: ({ service, floor }) => service.perSecond / floor.perSecond,
    bound: { least: 0.8 },
  },
]

export interface Verdict {
  readonly part: string
  readonly claim: string
  readonly ratios: readonly number[]
  readonly ratio: number
  readonly bound: string
  /** Null when there is no bound. */
  readonly isMet: boolean | null
}

/** The median of the ratios of the pairs decides. */
export function judge(parts: readonly Part[]): readonly Verdict[] {
  return BARS.flatMap(({ part: name, claim, ratioOf, bound }) => {
    const part = parts.find((each) => each.name === name)
    if (part === undefined) return []
    const ratios = part.pairs.map(ratioOf)
    return [{ part: name, claim, ratios, ratio: median(ratios), ...compare(median(ratios), bound) }]
  })
}

function compare(ratio: number, bound: Bar['bound']): Pick<Verdict, 'bound' | 'isMet'> {
  if (bound === null) return { bound: '', isMet: null }
  if ('most' in bound) return { bound: `at most ${bound.most}`, isMet: ratio <= bound.most }
  return { bound: `at least ${bound.least}`, isMet: ratio >= bound.least }
}

function p50Of(round: Pair['floor'] | undefined): number {
  return round?.latencyMs.p50 ?? Number.NaN
}

/** As a table for people. */
export function writeBars(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ part, claim, ratios, ratio, bound, isMet }): Row => [
    `${part}: ${claim}`,
    isMet === null ? '' : isMet ? 'pass' : 'FAIL',
    ratio.toFixed(2),
    bound,
    ratios.map((each) => each.toFixed(2)).join(' '),
  ])
  return layOut([['bar', '', 'median', 'bound', 'ratios of the pairs'], ...rows])
}
