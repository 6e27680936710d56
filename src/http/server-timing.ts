// Where the time of a request went, as the header that browsers and proxies show: https://www.w3.org/TR/server-timing/.
import type { Usage } from '../core/outcome.ts'
import { PHASES, phaseName, roundMs } from '../telemetry/phases.ts'

/**
 * Milliseconds, with two digits: more are noise. `from` is the kind of isolate, `cache` whether V8 took a code cache, `heap` its
 * size in bytes at the end of the task. `cpu` is processor time of the task, `total` the time from the arrival of the
 * request at its route.
 */
export function writeServerTiming(usage: Usage, totalMs: number): string {
  const { phases, cpuMs, isolate, codeCache, heapBytes } = usage
  let text = ''
  for (const phase of PHASES) {
    const spentMs = phases[phase]
    if (spentMs !== undefined) text += `${phaseName(phase)};dur=${roundMs(spentMs)}, `
  }
  // No name of a phase: browsers draw a bar for each `dur`, and show these beside them.
  if (isolate !== undefined) text += `from;desc=${isolate}, `
  if (codeCache !== undefined) text += `cache;desc=${codeCache}, `
  if (heapBytes !== undefined) text += `heap;desc=${heapBytes}, `
  return `${text}cpu;dur=${roundMs(cpuMs)}, total;dur=${roundMs(totalMs)}`
}
