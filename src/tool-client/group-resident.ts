// Reads how much memory a tool process and the processes that it started have resident, from the kernel's own files.
import { readFileSync } from 'node:fs'

const KILOBYTES_PER_MEGABYTE = 1024

/** Zero when the process is gone, or when the system has no such files. */
export function readGroupResidentMb(pid: number | undefined): number {
  if (pid === undefined) return 0
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean)
  const kilobytes = [String(pid), ...children].map((one) =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${one}/status`))?.[1] ?? 0),
  )
  return Math.round(kilobytes.reduce((sum, one) => sum + one, 0) / KILOBYTES_PER_MEGABYTE)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
