// Memory of one target as a curve: over instances that are kept idle, or over different programs that have run.
import { setTimeout } from 'node:timers/promises'
import { readTreeMemory } from '../support/process-memory.ts'
import type { MemoryCurve, MemoryPoint } from './figures/run-document.ts'
import { sendLoad } from './load/load-process.ts'
import type { Target } from './targets/target.ts'

export interface MemoryOptions {
  readonly kind: MemoryCurve['kind']
  readonly target: Target
  /** Ascending, beginning with 0. */
  readonly counts: readonly number[]
}

/** What was begun by the last request is over by then. */
const SETTLE_MS = 1_500
const CLIENTS = 4
/** Nothing grows beyond this: the machine is not to be filled. */
const BYTES_MAX = 6 * 1_024 ** 3

/** Rejects when the target does not start; a curve that ends early says why. */
export async function measureMemory({ kind, target, counts }: MemoryOptions): Promise<MemoryCurve> {
  const workload = kind === 'idle-instances' ? 'idle-instances' : 'live-cold'
  await using running = await target.start(workload)
  const points: MemoryPoint[] = []
  let reached = 0
  for (const count of counts) {
    if (count > reached) {
      const report = await sendLoad(
        {
          url: running.url,
          dialect: target.dialect,
          scenario: workload,
          firstProgram: 1 + reached * 1_000_000,
          seed: 1,
          warmUpMs: 0,
          warmUpClients: 0,
          shape: { kind: 'count', requests: count - reached, clients: Math.min(CLIENTS, count - reached) },
          durationMs: 0,
        },
        () => undefined,
      )
      if (report.failed > 0) {
        const problem = `${report.failed} of ${count - reached} requests failed: ${report.problems[0] ?? ''}`
        return { kind, target: target.name, points, problem }
      }
      reached = count
    }
    await setTimeout(SETTLE_MS)
    const processes = readTreeMemory(running.pid)
    const sumOf = (name: 'proportionalBytes' | 'residentBytes'): number =>
      processes.reduce((total, each) => total + each[name], 0)
    points.push({ count, pssBytes: sumOf('proportionalBytes'), rssBytes: sumOf('residentBytes') })
    if (sumOf('proportionalBytes') > BYTES_MAX && count !== counts.at(-1)) {
      return { kind, target: target.name, points, problem: 'ended at 6 GB, so that the machine is not filled' }
    }
  }
  return { kind, target: target.name, points, problem: null }
}
