// What the kernel knows of a process and of everything that it started: processor time and memory.
import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts processor time in 100 ticks a second on every machine that Node.js supports. */
const MILLISECONDS_PER_TICK = 10

interface ProcessStat {
  readonly parentPid: number
  readonly ownCpuMs: number
  /** Of children that have ended and whose ends were collected. */
  readonly endedChildrenCpuMs: number
}

function readStat(pid: number): ProcessStat | null {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name before the closing parenthesis may hold anything; behind it, the state is the first field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = (first: number): number => (Number(fields[first]) + Number(fields[first + 1])) * MILLISECONDS_PER_TICK
  return { parentPid: Number(fields[1]), ownCpuMs: ticks(11), endedChildrenCpuMs: ticks(13) }
}

/** Everything below `rootPid`, without itself. */
export function descendantsOf(rootPid: number): readonly number[] {
  const children = Map.groupBy(
    readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0),
    (pid) => readStat(pid)?.parentPid ?? 0,
  )
  const found: number[] = []
  const visit = (pid: number): void => {
    for (const child of children.get(pid) ?? []) {
      found.push(child)
      visit(child)
    }
  }
  visit(rootPid)
  return found
}

export interface TreeCpu {
  /** Of the process itself. */
  readonly rootMs: number
  /** Of everything that it started, the dead included. */
  readonly descendantsMs: number
}

export function readTreeCpu(rootPid: number): TreeCpu {
  const root = readStat(rootPid)
  const stats = descendantsOf(rootPid).map(readStat)
  const descendantsMs = stats.reduce(
    (total, stat) => total + (stat?.ownCpuMs ?? 0) + (stat?.endedChildrenCpuMs ?? 0),
    root?.endedChildrenCpuMs ?? 0,
  )
  return { rootMs: root?.ownCpuMs ?? 0, descendantsMs }
}

export interface ProcessMemory {
  readonly pid: number
  readonly name: string
  readonly residentBytes: number
  /** Resident, with what several processes share divided among them. */
  readonly proportionalBytes: number
}

/** Of `rootPid` first, then of everything that it started. */
export function readTreeMemory(rootPid: number): readonly ProcessMemory[] {
  return [rootPid, ...descendantsOf(rootPid)].flatMap((pid) => {
    const rollup = read(`/proc/${pid}/smaps_rollup`)
    if (rollup === null) return []
    const bytesOf = (name: string): number =>
      Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) * 1_024
    const name = read(`/proc/${pid}/comm`)?.trim() ?? ''
    return [{ pid, name, residentBytes: bytesOf('Rss'), proportionalBytes: bytesOf('Pss') }]
  })
}

/** Processor time of the whole machine since it started, without what was idle or waiting. */
export function readMachineCpuMs(): number {
  const fields = read('/proc/stat')?.split('\n', 1)[0]?.split(/ +/).slice(1, 9).map(Number) ?? []
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = fields
  return (user + nice + system + irq + softIrq + steal) * MILLISECONDS_PER_TICK
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}
