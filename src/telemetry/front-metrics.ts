// The front process itself: memory, processor time, and how late its event loop is.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { MetricSet } from './metric-set.ts'

export interface FrontSources {
  /** Connections that were closed for being too many. */
  readonly refusedConnections: () => number
}

/** Each look wakes the process: 20 a second take less than a thousandth of a processor. */
const LOOK_MS = 50
const QUANTILES = [0.5, 0.99, 1]
const US_PER_SECOND = 1_000_000
const NS_PER_MS = 1_000_000
const NS_PER_SECOND = 1_000_000_000

export function addFrontMetrics({ gauge, total }: MetricSet, { refusedConnections }: FrontSources): void {
  gauge('front_resident_bytes', 'Resident memory of the front process.', [], (give) => give(process.memoryUsage.rss()))
  total('front_cpu_seconds_total', 'Processor time of the front process.', [], (give) => {
    const { user, system } = process.cpuUsage()
    give((user + system) / US_PER_SECOND)
  })
  const delays = monitorEventLoopDelay({ resolution: LOOK_MS })
  delays.enable()
  gauge(
    'front_event_loop_delay_seconds',
    'How late the event loop of the front process was since the last reading; quantile 1 is the longest.',
    ['quantile'],
    (give) => {
      // Each look is recorded with the time that it was to wait.
      const lateNs = (quantile: number): number => Math.max(0, delays.percentile(100 * quantile) - LOOK_MS * NS_PER_MS)
      const isEmpty = delays.count === 0
      for (const quantile of QUANTILES)
        give(isEmpty ? 0 : lateNs(quantile) / NS_PER_SECOND, { quantile: `${quantile}` })
      delays.reset()
    },
  )
  total('front_connections_refused_total', 'Connections that were closed for being too many.', [], (give) =>
    give(refusedConnections()),
  )
}
