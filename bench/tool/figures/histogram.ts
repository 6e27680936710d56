// Latencies counted in buckets of equal ratio, small enough to keep for every round.

/** Sparse: bucket and count, ascending. */
export type Histogram = readonly (readonly [number, number])[]

const PER_DECADE = 20
const FIRST_MS = 0.01

export function toHistogram(latenciesMs: readonly number[]): Histogram {
  const counts = new Map<number, number>()
  for (const ms of latenciesMs) {
    const bucket = bucketOf(ms)
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  return [...counts].toSorted(([left], [right]) => left - right)
}

export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  const counts = new Map<number, number>()
  for (const [bucket, count] of histograms.flat()) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  return [...counts].toSorted(([left], [right]) => left - right)
}

/** What lies below the first bucket is counted there. */
function bucketOf(ms: number): number {
  return Math.max(0, Math.floor(Math.log10(ms / FIRST_MS) * PER_DECADE))
}

/** Milliseconds at which the bucket begins. */
export function bucketStartMs(bucket: number): number {
  return FIRST_MS * 10 ** (bucket / PER_DECADE)
}
