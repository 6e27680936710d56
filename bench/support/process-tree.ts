// What the kernel knows of a process and of everything that it started: processor time and memory.
import { readFileSync } from 'node:fs'

/** Linux counts processor time in 100 ticks a second on every machine that Node.js supports. */
const MILLISECONDS_PER_TICK = 10

/** Everything below `rootPid`, without itself. Children that a thread other than the first started are not found. */
export function descendantsOf(rootPid: number): readonly number[] {
  const found: number[] = []
  const unvisited = [rootPid]
  for (let pid = unvisited.pop(); pid !== undefined; pid = unvisited.pop()) {
    const children = read(`/proc/${pid}/task/${pid}/children`)?.match(/\d+/g)?.map(Number) ?? []
    found.push(...children)
    unvisited.push(...children)
  }
  return found
}

/** Processor time of the process alone, all its threads included. */
function readCpuMs(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name before the closing parenthesis may hold anything; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MILLISECONDS_PER_TICK
}

const SAMPLE_MS = 250

/** Counts the processor time of a process and of those below it, of which some may start and end meanwhile. */
export class TreeCpuMeter implements Disposable {
  readonly #rootPid: number
  readonly #atStart = new Map<number, number>()
  readonly #last = new Map<number, number>()
  readonly #timer: NodeJS.Timeout

  constructor(rootPid: number) {
    this.#rootPid = rootPid
    this.#sample()
    for (const [pid, cpuMs] of this.#last) this.#atStart.set(pid, cpuMs)
    // A process that ends takes with it what it used since the last sample.
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
  }

  /** Since the meter was made: of the process itself, and of everything that it started. */
  read(): { readonly rootMs: number; readonly descendantsMs: number } {
    this.#sample()
    let rootMs = 0
    let descendantsMs = 0
    for (const [pid, cpuMs] of this.#last) {
      const usedMs = cpuMs - (this.#atStart.get(pid) ?? 0)
      if (pid === this.#rootPid) rootMs += usedMs
      else descendantsMs += usedMs
    }
    return { rootMs, descendantsMs }
  }

  #sample(): void {
    for (const pid of [this.#rootPid, ...descendantsOf(this.#rootPid)]) {
      const cpuMs = readCpuMs(pid)
      if (cpuMs !== null) this.#last.set(pid, cpuMs)
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

/** Counts how many processors were kept busy by programs beside this one and all that it started: what may disturb it. */
export class OthersMeter implements Disposable {
  readonly #own = new TreeCpuMeter(process.pid)
  readonly #machineMs = readMachineCpuMs()
  readonly #startedAt = performance.now()

  /** Processors, since the meter was made. */
  read(): number {
    const { rootMs, descendantsMs } = this.#own.read()
    const othersMs = readMachineCpuMs() - this.#machineMs - rootMs - descendantsMs
    return Math.max(0, othersMs) / (performance.now() - this.#startedAt)
  }

  [Symbol.dispose](): void {
    this.#own[Symbol.dispose]()
  }
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
