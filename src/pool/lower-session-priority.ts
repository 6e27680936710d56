// Child processes that compute for others yield the processor to the process that answers.
import { writeFileSync } from 'node:fs'

/**
 * Where Linux groups processes by session (autogroup), every session has the same share of the processor, and the nice
 * values of its processes count among each other only. The session has a nice value of its own, which this sets.
 * Does nothing where there are no such groups, or where this process may not: the processes' own values count then.
 */
export function lowerSessionPriority(pid: number, nice: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice))
  } catch {
    // Not there, or not ours.
  }
}
