// The one clock that the processes of a machine have in common and that never goes back: CLOCK_MONOTONIC.

const MS_PER_S = 1_000
const NS_PER_MS = 1_000_000

/** In milliseconds, with a fraction. `performance.now` counts from another moment in each process. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * MS_PER_S + nanoseconds / NS_PER_MS
}
