// Where the time of a request went, as the header that browsers and proxies show: https://www.w3.org/TR/server-timing/.
import type { PhaseTimings, Usage } from '../core/outcome.ts'

/** The phases in their order, by the names that the metrics have for them, too. */
const NAMES: Readonly<Record<keyof PhaseTimings, string>> = {
  queueMs: 'queue',
  installMs: 'install',
  transpileMs: 'transpile',
  isolateMs: 'isolate',
  compileMs: 'compile',
  evaluateMs: 'evaluate',
  callMs: 'call',
}
const PHASES = Object.entries(NAMES) as readonly (readonly [keyof PhaseTimings, string])[]

/**
 * Milliseconds, with two digits: more are noise. `cpu` is processor time of the task, `total` the time from the arrival of the
 * request at its route.
 */
export function writeServerTiming({ phases, cpuMs }: Usage, totalMs: number): string {
  let text = ''
  for (const [phase, name] of PHASES) {
    const spentMs = phases[phase]
    if (spentMs !== undefined) text += `${name};dur=${round(spentMs)}, `
  }
  return `${text}cpu;dur=${round(cpuMs)}, total;dur=${round(totalMs)}`
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
