// Times that the service logs of its requests, as medians.
import { PHASES } from '../../src/telemetry/phases.ts'
import type { LogLine } from './service-process.ts'
import { median } from './statistics.ts'

/** Those that are measured for some requests only, and are a part of `callMs` elsewhere. */
const SAMPLED: ReadonlySet<string> = new Set(['decodeMs', 'encodeMs'])

/** In their order. */
export const MEASURED_PHASES = PHASES.filter((phase) => !SAMPLED.has(phase))

/** Of the numbers that lines have in each field; without the fields that no line has. */
export function medianFields(lines: readonly LogLine[], fields: readonly string[]): Readonly<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const field of fields) {
    const values = lines.map((line) => line[field]).filter((value) => typeof value === 'number')
    if (values.length > 0) found[field] = median(values)
  }
  return found
}
