// What is measured: something that listens, started anew for each round.
import type { Dialect, ScenarioName } from '../scenarios/scenario.ts'

export const TARGET_NAMES = [
  'self',
  'workerd-loader',
  'workerd-load',
  'workerd-static',
  'deno-worker',
  'deno-server',
  'worker-threads',
  'child-process',
  'vm',
  'quickjs',
  'isolated-vm',
] as const

export type TargetName = (typeof TARGET_NAMES)[number]

/** Scenarios of programs that come with the request, and instances that are kept. */
export type Workload = ScenarioName | 'idle-instances'

export interface RunningTarget extends AsyncDisposable {
  readonly url: string
  /** Of its first process: everything below it is counted with it. */
  readonly pid: number
  /** Medians of what it says of its own time since the last call of this, other than in answers; null for nothing. */
  readPhases(): Readonly<Record<string, number>> | null
}

export interface Target {
  readonly name: TargetName
  readonly title: string
  /** What keeps programs apart, in a few words. */
  readonly boundary: string
  readonly dialect: Dialect
  /** Null when it can do the scenario, or why it cannot. */
  refuses(workload: Workload): string | null
  /** What it is, or what is missing; never throws. */
  check(): Availability
  start(workload: Workload): Promise<RunningTarget>
}

export type Availability =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly missing: string }
