// Holds the median of ratios against a bar, or only shows it.
import type { Verdict } from '../macro/bars.ts'
import { median } from '../support/statistics.ts'

export type Bound = { readonly most: number } | { readonly least: number } | null

export function hold(part: string, claim: string, ratios: readonly number[], bound: Bound): Verdict {
  const ratio = median(ratios)
  const common = { part, claim, ratios, ratio }
  if (bound === null) return { ...common, bound: '', isMet: null }
  if ('most' in bound) return { ...common, bound: `at most ${bound.most}`, isMet: ratio <= bound.most }
  return { ...common, bound: `at least ${bound.least}`, isMet: ratio >= bound.least }
}
