// What the service logs of each request's time, as medians by phase.
import type { LogLine } from '../../support/service-process.ts'
import { median } from '../../support/statistics.ts'

/** Without those that are measured for some requests only, and are a part of `call` elsewhere. */
const PHASES = ['transpile', 'queue', 'executor', 'isolate', 'compile', 'evaluate', 'call', 'return'] as const

/** Null when no line has a phase. */
export function medianPhases(lines: readonly LogLine[]): Readonly<Record<string, number>> | null {
  const found = PHASES.flatMap((phase) => {
    const values = lines.map((line) => line[`${phase}Ms`]).filter((value) => typeof value === 'number')
    return values.length === 0 ? [] : [[phase, median(values)] as const]
  })
  return found.length === 0 ? null : Object.fromEntries(found)
}
