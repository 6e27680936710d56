// The phases of a task, as the log, the metrics and the header of an answer show them.

/** In their order; others that an outcome may have are not shown. */
export const PHASES = [
  'installMs',
  'transpileMs',
  'queueMs',
  'executorMs',
  'isolateMs',
  'compileMs',
  'evaluateMs',
  'decodeMs',
  'callMs',
  'encodeMs',
  'returnMs',
] as const
export type Phase = (typeof PHASES)[number]

/** Without its unit, for where that is said otherwise. */
export function phaseName(phase: Phase): string {
  return phase.slice(0, -'Ms'.length)
}

/** To ten microseconds: more digits are noise that every line pays for. */
export function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100
}
