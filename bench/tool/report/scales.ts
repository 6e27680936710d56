// Scales of charts: from values to pixels, and where the marks of an axis are.

export interface Scale {
  at(value: number): number
  readonly ticks: readonly number[]
}

export interface ScaleRange {
  readonly low: number
  readonly high: number
  readonly from: number
  readonly to: number
}

/** Values beyond the range are at its ends, so that a zero has a place. Marks are at 1, 2 and 5 of each decade while these are few. */
export function logScale({ low, high, from, to }: ScaleRange): Scale {
  const bottom = Math.log10(low)
  const top = Math.max(Math.log10(high), bottom + 0.1)
  const at = (value: number): number => {
    const share = (Math.log10(Math.max(value, low)) - bottom) / (top - bottom)
    return from + Math.min(1, share) * (to - from)
  }
  const isWide = top - bottom > 2.5
  const steps = isWide ? [1] : [1, 2, 5]
  const ticks: number[] = []
  for (let decade = Math.floor(bottom); decade <= Math.ceil(top); decade++) {
    for (const step of steps) {
      const value = step * 10 ** decade
      if (value >= low * 0.999 && value <= 10 ** top * 1.001) ticks.push(value)
    }
  }
  return { at, ticks }
}

/** From zero. */
export function linearScale({ high, from, to }: Omit<ScaleRange, 'low'>): Scale {
  const step = niceStep(high / 5)
  const ticks: number[] = []
  for (let count = 0; count * step <= high * 1.001; count++) ticks.push(count * step)
  return { at: (value) => from + (high === 0 ? 0 : value / high) * (to - from), ticks }
}

function niceStep(rough: number): number {
  if (!(rough > 0)) return 1
  const decade = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].find((each) => each * decade >= rough) ?? 10
  return step * decade
}
