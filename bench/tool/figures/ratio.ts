// Ratios of figures that are positive, with intervals of confidence: over pairs of one run, and between two runs.
import { criticalT } from './student-t.ts'

export interface Ratio {
  /** The geometric mean. */
  readonly value: number
  /** Null when there are too few rounds for an interval. */
  readonly interval: { readonly low: number; readonly high: number } | null
}

/** Of pairs taken in the same round, so that what disturbed a whole round cancels out. NaN for none. */
export function pairedRatio(
  pairs: readonly { readonly over: number; readonly under: number }[],
  confidence: number,
): Ratio {
  const { mean, variance, count } = momentsOf(pairs.map(({ over, under }) => Math.log(over / under)))
  const half = count < 2 ? null : criticalT(confidence, count - 1) * Math.sqrt(variance / count)
  return toRatio(mean, half)
}

/** Of figures of two runs, whose rounds have nothing in common (Welch). */
export function unpairedRatio(over: readonly number[], under: readonly number[], confidence: number): Ratio {
  const above = momentsOf(over.map((value) => Math.log(value)))
  const below = momentsOf(under.map((value) => Math.log(value)))
  const mean = above.mean - below.mean
  if (above.count < 2 || below.count < 2) return toRatio(mean, null)
  const parts = [above, below].map(({ variance, count }) => ({ error: variance / count, count }))
  const error = parts.reduce((total, part) => total + part.error, 0)
  if (error === 0) return toRatio(mean, 0)
  const degrees = error ** 2 / parts.reduce((total, part) => total + part.error ** 2 / (part.count - 1), 0)
  return toRatio(mean, criticalT(confidence, degrees) * Math.sqrt(error))
}

function toRatio(mean: number, half: number | null): Ratio {
  if (half === null) return { value: Math.exp(mean), interval: null }
  return { value: Math.exp(mean), interval: { low: Math.exp(mean - half), high: Math.exp(mean + half) } }
}

function momentsOf(values: readonly number[]): { mean: number; variance: number; count: number } {
  const count = values.length
  const mean = values.reduce((total, value) => total + value, 0) / count
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / (count - 1)
  return { mean, variance, count }
}
