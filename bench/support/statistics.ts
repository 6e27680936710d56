// Medians and percentiles.

/** By linear interpolation between the closest ranks; NaN for no values. `fraction` is 0 to 1. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  const rank = (sorted.length - 1) * fraction
  const below = sorted[Math.floor(rank)] ?? Number.NaN
  const above = sorted[Math.ceil(rank)] ?? Number.NaN
  return below + (above - below) * (rank - Math.floor(rank))
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

export interface Spread {
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

export function spreadOf(values: readonly number[]): Spread {
  return { p50: percentile(values, 0.5), p90: percentile(values, 0.9), p99: percentile(values, 0.99) }
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
