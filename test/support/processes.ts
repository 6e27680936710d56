// What tests ask the kernel about processes that they started.
import { readFileSync } from 'node:fs'

const MILLISECONDS_PER_TICK = 10

function readStat(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

/** False as soon as nothing of the process runs, even when nobody has collected its exit code. */
export function isAlive(pid: number): boolean {
  const state = readStat(pid)?.[0]
  return state !== undefined && state !== 'Z' && state !== 'X'
}

/** Processor time of the whole process, in milliseconds. */
export function cpuMs(pid: number): number {
  const fields = readStat(pid) ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * MILLISECONDS_PER_TICK
}

/** One line of `/proc/<pid>/status`, without its name. */
export function statusOf(pid: number, name: string): string {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? ''
}
