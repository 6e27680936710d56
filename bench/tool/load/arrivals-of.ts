// When the requests of an open shape are due.
import { drawArrivals } from '../../support/arrivals.ts'
import type { LoadShape } from './load-shape.ts'

/** Milliseconds from the start, ascending, all within `durationMs`; the same for every target with the same seed. */
export function arrivalsOf(
  shape: Extract<LoadShape, { readonly kind: 'open' | 'staggered' }>,
  durationMs: number,
  seed: number,
): readonly number[] {
  if (shape.kind === 'staggered') {
    return Array.from({ length: Math.floor(durationMs / shape.everyMs) }, (_, index) => index * shape.everyMs)
  }
  // Enough of them for any draw: a Poisson count is within five deviations of its mean.
  const mean = (shape.perSecond * durationMs) / 1_000
  const count = Math.ceil(mean + 5 * Math.sqrt(mean) + 1)
  return drawArrivals({ seed, perSecond: shape.perSecond, count }).filter((arrivalMs) => arrivalMs < durationMs)
}
