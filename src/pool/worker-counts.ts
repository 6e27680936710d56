// Executors in the words of the platform's health answer (protocol.md §2.2).
import type { WorkerCounts } from '../core/worker-counts.ts'
import type { RunnerState } from './runner-options.ts'

export function countWorkers(states: readonly RunnerState[], isUnhealthy: boolean): WorkerCounts {
  const count = (...wanted: readonly RunnerState[]): number => states.filter((state) => wanted.includes(state)).length
  const idle = count('idle')
  const running = count('busy', 'clearing')
  const initializing = count('starting')
  return { idle, initializing, ready: idle + running, running, throttled: 0, unhealthy: isUnhealthy ? 1 : 0 }
}
