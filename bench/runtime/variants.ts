// What is compared: a bare isolate, and an isolate of the service from the snapshot of each tier.
import { openSync } from 'node:fs'
import ivm from 'isolated-vm'
import { TIERS } from '../../sandbox/src/bridge.ts'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import { Snapshots } from '../../src/executor/load-snapshot.ts'
import { createSlot } from '../../src/executor/slot.ts'
import { percentile } from '../support/statistics.ts'

const MEMORY_MB = 128

/** How often each thing is measured. */
export interface RuntimePlan {
  readonly creations: number
  readonly idleIsolates: number
  readonly firstUses: number
  /** How often each side makes a short and a long call: before anything is measured, and in each round. */
  readonly fetchWarmUps: number
  readonly fetchSamples: number
  readonly fetchRounds: number
  /** Versions of a package that are installed, and requests for each once it is. */
  readonly installs: number
  readonly cachedRequests: number
}

export const FULL: RuntimePlan = {
  creations: 300,
  idleIsolates: 40,
  firstUses: 31,
  fetchWarmUps: 10,
  fetchSamples: 9,
  fetchRounds: 5,
  installs: 5,
  cachedRequests: 12,
}
export const QUICK: RuntimePlan = {
  creations: 100,
  idleIsolates: 20,
  firstUses: 7,
  fetchWarmUps: 3,
  fetchSamples: 3,
  fetchRounds: 3,
  installs: 3,
  cachedRequests: 4,
}

export interface MadeIsolate {
  readonly run: (code: string) => unknown
  readonly dispose: () => void
}

export interface Variant {
  readonly name: string
  readonly create: () => MadeIsolate
}

export const bareIsolate: Variant = {
  name: 'bare isolate',
  create() {
    const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB })
    const context = isolate.createContextSync()
    return { run: (code) => context.evalSync(code), dispose: () => isolate.dispose() }
  },
}

/** One for each tier, in their order. Builds the snapshots if need be. */
export async function prepareTiers(): Promise<readonly Variant[]> {
  const runtime = await ensureRuntime()
  if (!runtime.ok) throw new Error(runtime.message)
  const { snapshotPath, tierPaths } = runtime.files
  const files = tierPaths.map((path) => openSync(path, 'r'))
  const snapshots = new Snapshots(snapshotPath, files, (problem) => {
    throw new Error(problem)
  })
  return TIERS.map((name, tier) => {
    const options = {
      memoryMb: MEMORY_MB,
      logBytes: 1_000,
      snapshot: snapshots.get(tier),
      tier,
      guestWasm: false,
      onCatastrophe: () => undefined,
    }
    return {
      name,
      create() {
        const slot = createSlot(options)
        slot.onSend = () => ''
        return { run: (code) => slot.context.evalSync(code), dispose: () => slot.isolate.dispose() }
      },
    }
  })
}

/** Milliseconds. */
export function timeOf(work: () => void): number {
  const startedAt = performance.now()
  work()
  return performance.now() - startedAt
}

/** The time that a quarter is under: whoever else wants the processors makes some rounds slower, and none quicker. */
export function quickest(timesMs: readonly number[]): number {
  return percentile(timesMs, 0.25)
}
