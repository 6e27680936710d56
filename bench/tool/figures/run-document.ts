// What a run leaves: everything that reports and comparisons are made from. Times in milliseconds, sizes in bytes.
import type { ShapeName } from '../load/load-shape.ts'
import type { ScenarioName } from '../scenarios/scenario.ts'
import type { TargetName } from '../targets/target.ts'
import type { Histogram } from './histogram.ts'

export const RUN_FORMAT = 'worker-isolate-bench/1'

export interface LatencyFigures {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** One target in one round of one scenario in one shape. */
export interface CellRound {
  readonly round: number
  readonly scenario: ScenarioName
  readonly shape: ShapeName
  readonly target: TargetName
  /** Its place among the targets of this round, from 0. */
  readonly place: number
  readonly requests: number
  readonly failed: number
  readonly problems: readonly string[]
  readonly perSecond: number
  /** Of right answers, from when each was due; null without any. */
  readonly latencyMs: LatencyFigures | null
  readonly histogram: Histogram
  readonly phasesMs: Readonly<Record<string, number>>
  /** Of the target's processes during the measurement. */
  readonly cpuSeconds: number
  readonly peakRssBytes: number
  readonly clientCpuSeconds: number
  /** From the start of the target to its first line that says where it listens. */
  readonly startMs: number
  /** Processors that other programs kept busy. */
  readonly othersCores: number
}

export interface MemoryPoint {
  readonly count: number
  /** Proportional set size of all processes. */
  readonly pssBytes: number
  readonly rssBytes: number
}

export type MemoryKind = 'idle-instances' | 'distinct-programs'

export interface MemoryCurve {
  readonly kind: MemoryKind
  readonly target: TargetName
  readonly points: readonly MemoryPoint[]
  /** What ended the curve early; null when nothing did. */
  readonly problem: string | null
}

export interface TargetFacts {
  readonly name: TargetName
  readonly title: string
  readonly boundary: string
  readonly version: string
}

export interface RunHead {
  readonly format: typeof RUN_FORMAT
  readonly machine: Readonly<Record<string, string | number>>
  readonly command: string
  readonly rounds: number
  readonly secondsPerRound: number
  readonly warmUpSeconds: number
  readonly targets: readonly TargetFacts[]
  /** Targets that could not be measured, each with a sentence that says why. */
  readonly missing: readonly { readonly target: TargetName; readonly reason: string }[]
  /** What a target cannot do. */
  readonly refused: readonly {
    readonly target: TargetName
    readonly scenario: ScenarioName
    readonly reason: string
  }[]
}

export interface RunDocument extends RunHead {
  readonly cells: readonly CellRound[]
  readonly memory: readonly MemoryCurve[]
  /** Cells that did not come about, such as a target that did not start. */
  readonly broken: readonly string[]
}

/** One line of run.jsonl. */
export type RunLine =
  | ({ readonly type: 'head' } & RunHead)
  | ({ readonly type: 'cell' } & CellRound)
  | ({ readonly type: 'memory' } & MemoryCurve)
  | { readonly type: 'broken'; readonly what: string }
