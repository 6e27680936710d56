// Arrivals at random times, the same for everybody who is measured with the same seed.

/** Milliseconds from the start, ascending: a Poisson process of `perSecond`. */
export function drawArrivals(options: {
  readonly seed: number
  readonly perSecond: number
  readonly count: number
}): readonly number[] {
  const random = createRandom(options.seed)
  let atMs = 0
  return Array.from({ length: options.count }, () => {
    atMs += (-Math.log(1 - random()) * 1_000) / options.perSecond
    return atMs
  })
}

/** The generator mulberry32: good enough for arrivals, and its numbers are the same everywhere. From 0 to below 1. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
