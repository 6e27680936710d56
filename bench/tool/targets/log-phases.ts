// What the service logs of each request's time, as medians by phase.
import { phaseName } from '../../../src/telemetry/phases.ts'
import { MEASURED_PHASES, medianFields } from '../../support/logged-times.ts'
import type { LogLine } from '../../support/service-process.ts'

/** By the name of the phase; null when no line has one. */
export function medianPhases(lines: readonly LogLine[]): Readonly<Record<string, number>> | null {
  const medians = medianFields(lines, MEASURED_PHASES)
  const found: Record<string, number> = {}
  for (const phase of MEASURED_PHASES) if (medians[phase] !== undefined) found[phaseName(phase)] = medians[phase]
  return Object.keys(found).length === 0 ? null : found
}
