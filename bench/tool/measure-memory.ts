// Memory of one target as a curve: over instances that are kept idle, or over different programs that have run.
import { freemem } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { readTreeMemory } from '../support/process-memory.ts'
import type { MemoryCurve, MemoryPoint } from './figures/run-document.ts'
import { sendLoad } from './load/load-process.ts'
import { mebibytes } from './report/numbers.ts'
import { readTreeRssBytes } from './target-meter.ts'
import type { RunningTarget, Target } from './targets/target.ts'

export interface MemoryOptions {
  readonly kind: MemoryCurve['kind']
  readonly target: Target
  /** Ascending, beginning with 0. */
  readonly counts: readonly number[]
}

/** What was begun by the last request is over by then. */
const SETTLE_MS = 1_500
const CLIENTS = 4
/** Memory is looked at after so many, so that the machine is not filled before the next point. */
const STEP_MAX = 250
/** Of what is free when the curve begins. */
const FREE_SHARE = 0.6

/**
 * Rejects when the target does not start; a curve that ends early, as that of a target which ends itself, says why, and its
 * last point is where it was seen last.
 */
export async function measureMemory({ kind, target, counts }: MemoryOptions): Promise<MemoryCurve> {
  const workload = kind === 'idle-instances' ? 'idle-instances' : 'live-cold'
  const bytesMax = freemem() * FREE_SHARE
  await using running = await target.start(workload)
  const points: MemoryPoint[] = []
  let latest = readPoint(running.pid, 0)
  let reached = 0
  for (const count of counts) {
    let problem: string | null = null
    while (reached < count && problem === null) {
      const requests = Math.min(STEP_MAX, count - reached)
      const sent = await send({ running, target, workload, reached, requests }).catch(describeEnd)
      if (typeof sent === 'object' && sent !== null) {
        const lasted = `it was gone after ${latest.count}: ${sent.message}`
        return { kind, target: target.name, points: [...points, latest], problem: lasted }
      }
      problem = sent
      reached += requests
      latest = readPoint(running.pid, reached)
      const bytes = readTreeRssBytes(running.pid)
      if (bytes > bytesMax && reached < (counts.at(-1) ?? 0)) {
        problem ??= `ended at ${mebibytes(bytes)}, so that the machine is not filled`
      }
    }
    await setTimeout(SETTLE_MS)
    points.push(readPoint(running.pid, reached))
    if (problem !== null) return { kind, target: target.name, points, problem }
  }
  return { kind, target: target.name, points, problem: null }
}

/** Of a target that does not answer any more. */
function describeEnd(error: unknown): { readonly message: string } {
  return { message: error instanceof Error ? error.message : String(error) }
}

interface SendOptions {
  readonly running: RunningTarget
  readonly target: Target
  readonly workload: 'idle-instances' | 'live-cold'
  readonly reached: number
  readonly requests: number
}

/** Null, or what went wrong with some of the requests. */
async function send({ running, target, workload, reached, requests }: SendOptions): Promise<string | null> {
  const report = await sendLoad(
    {
      url: running.url,
      dialect: target.dialect,
      scenario: workload,
      // Clients number their programs from places far apart; nothing repeats from one step to the next.
      firstProgram: 1 + reached * 1_000_000,
      seed: 1,
      warmUpMs: 0,
      warmUpClients: 0,
      shape: { kind: 'count', requests, clients: Math.min(CLIENTS, requests) },
      durationMs: 0,
    },
    () => undefined,
  )
  return report.failed === 0 ? null : `${report.failed} of ${requests} requests failed: ${report.problems[0] ?? ''}`
}

function readPoint(pid: number, count: number): MemoryPoint {
  const processes = readTreeMemory(pid)
  const sumOf = (name: 'proportionalBytes' | 'residentBytes'): number =>
    processes.reduce((total, each) => total + each[name], 0)
  return { count, pssBytes: sumOf('proportionalBytes'), rssBytes: sumOf('residentBytes') }
}
