// What the processes of a target use while it is measured: processor time and the most memory at any moment.
import { readFileSync } from 'node:fs'
import { descendantsOf } from '../support/process-tree.ts'

/** Linux counts processor time in 100 ticks a second, and in pages of 4 KiB, on every machine that Node.js supports. */
const MILLISECONDS_PER_TICK = 10
const PAGE_BYTES = 4_096
const SAMPLE_MS = 100

export class TargetMeter implements Disposable {
  readonly #rootPid: number
  readonly #startMs: number
  readonly #timer: NodeJS.Timeout
  #peakRssBytes = 0

  constructor(rootPid: number) {
    this.#rootPid = rootPid
    this.#startMs = readTreeCpuMs(rootPid)
    this.#sample()
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
  }

  read(): { readonly cpuSeconds: number; readonly peakRssBytes: number } {
    this.#sample()
    const usedMs = Math.max(0, readTreeCpuMs(this.#rootPid) - this.#startMs)
    return { cpuSeconds: usedMs / 1_000, peakRssBytes: this.#peakRssBytes }
  }

  #sample(): void {
    this.#peakRssBytes = Math.max(this.#peakRssBytes, readTreeRssBytes(this.#rootPid))
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

/** Resident sizes added up: what processes share is counted for each of them. */
export function readTreeRssBytes(rootPid: number): number {
  const pages = treeOf(rootPid).map((pid) => Number(read(`/proc/${pid}/statm`)?.split(' ')[1] ?? 0))
  return pages.reduce((total, count) => total + count, 0) * PAGE_BYTES
}

/** With the time of children that have ended, which the kernel adds to who waited for them: short ones are not lost. */
function readTreeCpuMs(rootPid: number): number {
  return treeOf(rootPid).reduce((total, pid) => {
    const stat = read(`/proc/${pid}/stat`)
    if (stat === null) return total
    // The name before the closing parenthesis may hold anything; user and system time are fields 14 and 15, of children 16 and 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0)
    return total + ticks * MILLISECONDS_PER_TICK
  }, 0)
}

function treeOf(rootPid: number): readonly number[] {
  return [rootPid, ...descendantsOf(rootPid)]
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}
