// Reads what the kernel knows of an executor process; the executor itself is not asked, since it may be lying or stuck.
import { readFileSync } from 'node:fs'

/** Linux counts in 100 ticks a second on every machine that Node.js supports. */
const MILLISECONDS_PER_TICK = 10

/** Processor time of all threads, living and ended, in milliseconds; null when the process is gone. */
export function readCpuMs(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name before the closing parenthesis may hold anything; user and system time are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * MILLISECONDS_PER_TICK
  } catch {
    return null
  }
}

const NANOSECONDS_PER_MS = 1e6

/** How long the main thread was ready to run and had no processor, since it began; 0 where the kernel does not count that. */
export function readWaitedMs(pid: number | null): number {
  if (pid === null) return 0
  try {
    const [, waited = '0'] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ')
    return Number(waited) / NANOSECONDS_PER_MS
  } catch {
    return 0
  }
}
