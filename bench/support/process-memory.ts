// What the kernel says of the memory of a process and of everything that it started.
import { readFileSync } from 'node:fs'
import { descendantsOf } from './process-tree.ts'

interface Mapping {
  /** The file behind it; empty for memory of the process's own. */
  readonly path: string
  readonly residentBytes: number
  readonly proportionalBytes: number
}

export interface ProcessMemory {
  readonly pid: number
  readonly name: string
  readonly residentBytes: number
  /** Resident, with what several processes share divided among them. */
  readonly proportionalBytes: number
  readonly mappings: readonly Mapping[]
}

/** Of `rootPid` first, then of everything that it started. */
export function readTreeMemory(rootPid: number): readonly ProcessMemory[] {
  return [rootPid, ...descendantsOf(rootPid)].flatMap((pid) => {
    const mappings = readMappings(pid)
    if (mappings === null) return []
    const add = (name: 'residentBytes' | 'proportionalBytes'): number =>
      mappings.reduce((total, mapping) => total + mapping[name], 0)
    const residentBytes = add('residentBytes')
    const proportionalBytes = add('proportionalBytes')
    return [{ pid, name: read(`/proc/${pid}/comm`)?.trim() ?? '', residentBytes, proportionalBytes, mappings }]
  })
}

/**
 * What the processes would take if no other program mapped their files: each file once, as large as the process has it
 * that has most of it. A little too much where processes have different parts of a file.
 */
export function sumAlone(processes: readonly ProcessMemory[]): number {
  const files = new Map<string, number>()
  let ownBytes = 0
  for (const { mappings } of processes) {
    const here = new Map<string, number>()
    for (const { path, residentBytes, proportionalBytes } of mappings) {
      if (path === '') ownBytes += proportionalBytes
      else here.set(path, (here.get(path) ?? 0) + residentBytes)
    }
    for (const [path, bytes] of here) files.set(path, Math.max(files.get(path) ?? 0, bytes))
  }
  return [...files.values()].reduce((total, bytes) => total + bytes, ownBytes)
}

const HEADER = /^[\da-f]+-[\da-f]+ \S+ \S+ \S+ \d+ *(.*)$/
const SIZE = /^(Rss|Pss): +(\d+) kB$/

function readMappings(pid: number): readonly Mapping[] | null {
  const text = read(`/proc/${pid}/smaps`)
  if (text === null) return null
  const mappings: { path: string; residentBytes: number; proportionalBytes: number }[] = []
  for (const line of text.split('\n')) {
    const path = HEADER.exec(line)?.[1]
    // Names in brackets are the kernel's for memory of the process's own, such as [heap].
    if (path !== undefined)
      mappings.push({ path: path.startsWith('/') ? path : '', residentBytes: 0, proportionalBytes: 0 })
    const [, name, size] = SIZE.exec(line) ?? []
    const mapping = mappings.at(-1)
    if (mapping === undefined || name === undefined) continue
    mapping[name === 'Rss' ? 'residentBytes' : 'proportionalBytes'] += Number(size) * 1_024
  }
  return mappings
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}
