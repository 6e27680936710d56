// What the console remembers under labels: how often something was counted, and when a timer was started.
import {
  dateNow,
  mapDelete,
  mapGet,
  MapIntrinsic,
  mapSet,
  mathFloor,
  numberToFixed,
  stringPadStart,
} from '../intrinsics.ts'

export interface Labels {
  readonly counts: Map<string, number>
  /** Milliseconds of `Date.now`. */
  readonly starts: Map<string, number>
}

export function createLabels(): Labels {
  return {
    __proto__: null,
    counts: new MapIntrinsic<string, number>(),
    starts: new MapIntrinsic<string, number>(),
  } as Labels
}

export function count(labels: Labels, label: string): string {
  const times = (mapGet(labels.counts, label) ?? 0) + 1
  mapSet(labels.counts, label, times)
  return `${label}: ${times}`
}

/** A warning if there is nothing to reset. */
export function resetCount(labels: Labels, label: string): string | undefined {
  return mapDelete(labels.counts, label) ? undefined : `Warning: Count for '${label}' does not exist`
}

/** A warning if the timer runs already. */
export function startTimer(labels: Labels, label: string): string | undefined {
  if (mapGet(labels.starts, label) !== undefined) return `Warning: Label '${label}' already exists for console.time()`
  mapSet(labels.starts, label, dateNow())
  return undefined
}

/** The time since the start, or a warning. `method` is the one that was called. */
export function readTimer(labels: Labels, label: string, method: 'timeEnd' | 'timeLog'): string {
  const start = mapGet(labels.starts, label)
  if (start === undefined) return `Warning: No such label '${label}' for console.${method}()`
  if (method === 'timeEnd') mapDelete(labels.starts, label)
  return `${label}: ${describeDuration(dateNow() - start)}`
}

/** As Node writes it: in milliseconds below a second, in seconds below a minute, then as a clock. */
export function describeDuration(ms: number): string {
  if (ms < 1_000) return `${ms}ms`
  if (ms < 60_000) return `${numberToFixed(ms / 1_000, 3)}s`
  const seconds = stringPadStart(numberToFixed((ms % 60_000) / 1_000, 3), 6, '0')
  const minutes = mathFloor(ms / 60_000)
  if (minutes < 60) return `${minutes}:${seconds} (m:ss.mmm)`
  return `${mathFloor(minutes / 60)}:${stringPadStart(`${minutes % 60}`, 2, '0')}:${seconds} (h:mm:ss.mmm)`
}
