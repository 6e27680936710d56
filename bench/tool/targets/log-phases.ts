// What the service logs of each request's time, as medians by phase.
import type { LogLine } from '../../support/service-process.ts'
import { median } from '../../support/statistics.ts'

const PHASES = ['queue', 'transpile', 'isolate', 'compile', 'evaluate', 'call'] as const

/** Null when no line has a phase. */
export function medianPhases(lines: readonly LogLine[]): Readonly<Record<string, number>> | null {
  const found = PHASES.flatMap((phase) => {
    const values = lines.map((line) => line[`${phase}Ms`]).filter((value) => typeof value === 'number')
    return values.length === 0 ? [] : [[phase, median(values)] as const]
  })
  return found.length === 0 ? null : Object.fromEntries(found)
}
