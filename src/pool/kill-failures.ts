// What a task ends with whose process the pool had to kill, by what the task did.
import type { Limits } from '../core/limits.ts'
import type { Failure } from '../errors.ts'

/** @param overMs how long after its wall time it was still there. */
export function overdueFailure({ wallMs }: Limits, overMs: number): Failure {
  const message = `The code did not finish within its wall limit of ${wallMs} ms, and only the end of its process stopped it.`
  return { code: 'LIMIT_WALL', message, limit: wallMs, used: wallMs + overMs }
}

/** @param memoryMb what the tasks of the process may have. */
export function uncountedMemoryFailure(memoryMb: number): Failure {
  const message = `The code used more memory than its limit of ${memoryMb} MB, outside the heap that V8 counts.`
  return { code: 'LIMIT_MEMORY', message, limit: memoryMb }
}

/** Null when it has not used up its processor time. */
export function hungFailure({ cpuMs }: Limits, usedMs: number): Failure | null {
  if (usedMs < cpuMs) return null
  const message = `The code used ${Math.round(usedMs)} ms of processor time; the limit is ${cpuMs} ms.`
  return { code: 'LIMIT_CPU', message, limit: cpuMs, used: Math.round(usedMs) }
}
