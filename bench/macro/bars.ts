// The bars of speed: what is held against what, and by how much.
import { median } from '../support/statistics.ts'
import type { Pair, Part } from './run-part.ts'

export interface Bar {
  readonly part: string
  readonly claim: string
  readonly ratioOf: (pair: Pair) => number
  readonly bound: { readonly most: number } | { readonly least: number }
}

export const ONE_CLIENT = 'one client'
export const POISSON = 'Poisson 50/s'
export const THROUGHPUT = '8 clients'

export const BARS: readonly Bar[] = [
  {
    part: ONE_CLIENT,
    claim: 'p50 to the p50 of the floor',
    ratioOf: ({ service, floor }) => service.latencyMs.p50 / floor.p50Ms,
    bound: { most: 1.6 },
  },
  {
    part: ONE_CLIENT,
    claim: 'p50 of a Worker per request to p50',
    ratioOf: ({ service, instead }) => (instead['worker']?.p50Ms ?? Number.NaN) / service.latencyMs.p50,
    bound: { least: 10 },
  },
  {
    part: ONE_CLIENT,
    claim: 'p50 of a process per request to p50',
    ratioOf: ({ service, instead }) => (instead['child']?.p50Ms ?? Number.NaN) / service.latencyMs.p50,
    bound: { least: 10 },
  },
  {
    part: POISSON,
    claim: 'p50 to the p50 of the floor',
    ratioOf: ({ service, floor }) => service.latencyMs.p50 / floor.p50Ms,
    bound: { most: 1 },
  },
  {
    part: THROUGHPUT,
    claim: 'rate to the rate of the floor',
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
  readonly isMet: boolean
}

/** The median of the ratios of the pairs decides. */
export function judge(parts: readonly Part[]): readonly Verdict[] {
  return BARS.flatMap(({ part: name, claim, ratioOf, bound }) => {
    const part = parts.find((each) => each.name === name)
    if (part === undefined) return []
    const ratios = part.pairs.map(ratioOf)
    const ratio = median(ratios)
    const isMet = 'most' in bound ? ratio <= bound.most : ratio >= bound.least
    const text = 'most' in bound ? `at most ${bound.most}` : `at least ${bound.least}`
    return [{ part: name, claim, ratios, ratio, bound: text, isMet }]
  })
}
