// Where the time of a request went, as the header that browsers and proxies show: https://www.w3.org/TR/server-timing/.
import type { Usage } from '../core/outcome.ts'
import { PHASES, phaseName, roundMs } from '../telemetry/phases.ts'

/**
 * Milliseconds, with two digits: more are noise. `cpu` is processor time of the task, `total` the time from the arrival of the
 * request at its route.
 */
export function writeServerTiming({ phases, cpuMs }: Usage, totalMs: number): string {
  let text = ''
  for (const phase of PHASES) {
    const spentMs = phases[phase]
    if (spentMs !== undefined) text += `${phaseName(phase)};dur=${roundMs(spentMs)}, `
  }
  return `${text}cpu;dur=${roundMs(cpuMs)}, total;dur=${roundMs(totalMs)}`
}
