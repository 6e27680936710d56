// Runs of the benchmark as they would have been left, for tests of what is made of them.
import { toHistogram } from '../../bench/tool/figures/histogram.ts'
import { RUN_FORMAT } from '../../bench/tool/figures/run-document.ts'
import type { CellRound, RunDocument } from '../../bench/tool/figures/run-document.ts'

interface CellOptions {
  readonly round: number
  readonly target: CellRound['target']
  readonly latency: number
  readonly perSecond?: number
}

export function makeCell({ round, target, latency, perSecond = 100 }: CellOptions): CellRound {
  return {
    round,
    scenario: 'live-cold',
    shape: 'sequential',
    target,
    place: 0,
    requests: 10,
    failed: 0,
    problems: [],
    perSecond,
    latencyMs: { p50: latency, p95: latency * 2, p99: latency * 3, max: latency * 4 },
    histogram: toHistogram([latency, latency, latency * 2]),
    phasesMs: { open: latency / 2, call: latency / 4 },
    cpuSeconds: latency / 100,
    peakRssBytes: 50_000_000,
    clientCpuSeconds: 0.01,
    startMs: 100,
    othersCores: 0,
  }
}

export function makeRun(cells: readonly CellRound[], changes: Partial<RunDocument> = {}): RunDocument {
  return {
    format: RUN_FORMAT,
    machine: { cores: 2, processor: 'a processor', commit: 'abc', date: '2026-01-01' },
    command: 'worker-isolate bench',
    rounds: 2,
    secondsPerRound: 1,
    warmUpSeconds: 1,
    targets: [
      { name: 'self', title: 'worker-isolate', boundary: 'isolate', version: '0.1.0' },
      { name: 'vm', title: 'node:vm', boundary: 'none', version: '26.0.0' },
    ],
    missing: [],
    refused: [],
    cells,
    memory: [],
    broken: [],
    ...changes,
  }
}
