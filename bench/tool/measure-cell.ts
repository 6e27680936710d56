// One target, started for it, under one load.
import { readMachineCpuMs } from '../support/process-tree.ts'
import { percentile } from '../support/statistics.ts'
import { toHistogram } from './figures/histogram.ts'
import type { CellRound, LatencyFigures } from './figures/run-document.ts'
import { sendLoad } from './load/load-process.ts'
import { SHAPES } from './load/load-shape.ts'
import type { Plan } from './plan.ts'
import { TargetMeter } from './target-meter.ts'
import type { Target } from './targets/target.ts'

export interface CellOptions {
  readonly round: number
  readonly scenario: CellRound['scenario']
  readonly shape: CellRound['shape']
  readonly target: Target
  readonly place: number
  readonly plan: Pick<Plan, 'seconds' | 'warmUpSeconds'>
  readonly firstProgram: number
}

/** The same for all shapes: code paths are warm afterwards, and nothing waits. */
const WARM_UP_CLIENTS = 2

/** Rejects when the target does not start or the load cannot be sent; failed requests are figures. */
export async function measureCell(options: CellOptions): Promise<CellRound> {
  const { round, scenario, shape, target, place, plan, firstProgram } = options
  const startedAt = performance.now()
  await using running = await target.start(scenario)
  const startMs = performance.now() - startedAt
  using stack = new DisposableStack()
  let meter: TargetMeter | null = null
  let machineMs = 0
  let warmAt = 0
  const report = await sendLoad(
    {
      url: running.url,
      dialect: target.dialect,
      scenario,
      firstProgram,
      // The same arrivals for every target of the round.
      seed: round + 1,
      warmUpMs: plan.warmUpSeconds * 1_000,
      warmUpClients: WARM_UP_CLIENTS,
      shape: SHAPES[shape],
      durationMs: plan.seconds * 1_000,
    },
    () => {
      running.readPhases()
      meter = stack.use(new TargetMeter(running.pid))
      machineMs = readMachineCpuMs()
      warmAt = performance.now()
    },
  )
  const { cpuSeconds, peakRssBytes } = readMeter(meter)
  const machineSeconds = (readMachineCpuMs() - machineMs) / 1_000
  const clientCpuSeconds = report.clientCpuMs / 1_000
  const measuredSeconds = (performance.now() - warmAt) / 1_000
  return {
    round,
    scenario,
    shape,
    target: target.name,
    place,
    requests: report.latenciesMs.length + report.failed,
    failed: report.failed,
    problems: report.problems,
    perSecond: (report.latenciesMs.length / report.elapsedMs) * 1_000,
    latencyMs: figuresOf(report.latenciesMs),
    histogram: toHistogram(report.latenciesMs),
    phasesMs: running.readPhases() ?? report.phasesMs,
    cpuSeconds,
    peakRssBytes,
    clientCpuSeconds,
    startMs,
    othersCores: Math.max(0, machineSeconds - cpuSeconds - clientCpuSeconds) / measuredSeconds,
  }
}

function readMeter(meter: TargetMeter | null): ReturnType<TargetMeter['read']> {
  if (meter === null) throw new Error('the load was not warm before it ended')
  return meter.read()
}

function figuresOf(latenciesMs: readonly number[]): LatencyFigures | null {
  if (latenciesMs.length === 0) return null
  const at = (fraction: number): number => percentile(latenciesMs, fraction)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}
