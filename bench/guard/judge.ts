// Whether a path has become slower: its ratio in several processes against that of the baseline.
import { percentile } from '../support/statistics.ts'
import type { PathBaseline } from './baseline.ts'

export type Verdict = 'as before' | 'slower' | 'faster' | 'new'

export interface Judged {
  readonly verdict: Verdict
  readonly ratio: number
  /** Null for a path that the baseline does not have. */
  readonly baseline: number | null
  /** By which share of the baseline the ratio may differ. */
  readonly tolerance: number
  readonly processes: number
}

/** A process may be unlucky with where its code lies for as long as it lives, and none is lucky beyond what the code is. */
const LUCKY_SHARE = 0.25
/** What the baseline says of the spread was found on one kind of processor. */
const OTHER_PROCESSOR_FACTOR = 2

/** The ratio of a path, from those of several processes. */
export function ratioOf(ratios: readonly number[]): number {
  return percentile(ratios, LUCKY_SHARE)
}

/** @param isSameProcessor whether the baseline was measured on a processor like this one. */
export function judge(ratios: readonly number[], baseline: PathBaseline | undefined, isSameProcessor: boolean): Judged {
  const ratio = ratioOf(ratios)
  const processes = ratios.length
  if (baseline === undefined) return { verdict: 'new', ratio, baseline: null, tolerance: 0, processes }
  const tolerance = baseline.tolerance * (isSameProcessor ? 1 : OTHER_PROCESSOR_FACTOR)
  return {
    verdict: verdictOf(ratio / baseline.ratio, tolerance),
    ratio,
    baseline: baseline.ratio,
    tolerance,
    processes,
  }
}

function verdictOf(change: number, tolerance: number): Verdict {
  // So written that no number is slower.
  if (!(change <= 1 + tolerance)) return 'slower'
  return change < 1 - tolerance ? 'faster' : 'as before'
}
