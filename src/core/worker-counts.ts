// The six counters of workers that the platform's clients read (protocol.md §2.2); Flash's insists on all of them.
export interface WorkerCounts {
  readonly idle: number
  readonly initializing: number
  readonly ready: number
  readonly running: number
  readonly throttled: number
  readonly unhealthy: number
}
