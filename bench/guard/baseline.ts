// The committed baseline: for each path its ratio to the yardstick, and how far a run may be from that.
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import * as v from 'valibot'
import type { PathName } from './all-paths.ts'

const PathBaseline = v.strictObject({
  ratio: v.pipe(v.number(), v.minValue(0)),
  tolerance: v.pipe(v.number(), v.minValue(0)),
})
export type PathBaseline = v.InferOutput<typeof PathBaseline>

const Baseline = v.strictObject({
  /** Where it was measured. */
  machine: v.strictObject({ arch: v.string(), processor: v.string(), cores: v.number(), node: v.string() }),
  paths: v.record(v.string(), PathBaseline),
})
export type Baseline = v.InferOutput<typeof Baseline>
export type Machine = Baseline['machine']

/** Of a path that nobody has measured on a busy machine yet. */
const FIRST_TOLERANCE = 0.2
const DIGITS = 3

/** Throws a sentence when there is none, or none that can be read. */
export function readBaseline(path: string): Baseline {
  return v.parse(Baseline, JSON.parse(readFileSync(path, 'utf8')))
}

/** The baseline with what was measured in place of what it had; tolerances stay, since they belong to the path. */
export function replaceRatios(
  { paths }: Pick<Baseline, 'paths'>,
  ratios: ReadonlyMap<PathName, number>,
  machine: Machine,
): Baseline {
  const measured = [...ratios].map(([name, ratio]) => [
    name,
    { ratio: Number(ratio.toFixed(DIGITS)), tolerance: paths[name]?.tolerance ?? FIRST_TOLERANCE },
  ])
  return { machine, paths: { ...paths, ...Object.fromEntries(measured) } }
}

export function writeBaseline(path: string, baseline: Baseline): void {
  writeFileSync(path, `${JSON.stringify(baseline, null, 2)}\n`)
}

export function thisMachine(): Machine {
  return {
    arch: process.arch,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    node: process.versions.node,
  }
}
