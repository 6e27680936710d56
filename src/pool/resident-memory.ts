// The resident memory of one executor process, as the kernel counts it: what its tasks add, and what stays behind them.
import { closeSync, openSync, readSync } from 'node:fs'
import type { Task } from '../core/task.ts'
import { codeKeyOf } from './task-frames.ts'

const PAGE_BYTES = 4_096
const BYTES_PER_MB = 1024 * 1024
/** Memory beyond the isolates' own limits: buffers of the transfer, the young generation, V8's code. */
const SLACK_BYTES = 160 * BYTES_PER_MB
/** Nothing grows by what matters here in so short a time, and calls often follow each other more quickly. */
const READING_MS = 5
/** Longer than a line of `statm`. */
const LINE_BYTES = 256

/** How many isolates the tasks use. What others keep was there before these tasks, and is in what the process took then. */
export function countIsolates(tasks: readonly Task[]): number {
  return Math.max(1, new Set(tasks.map(codeKeyOf)).size)
}

export class ResidentMemory {
  /** The open file is of this process for good, whoever gets its number later; null when there is none. */
  #statm: number | null = null
  readonly #line = Buffer.alloc(LINE_BYTES)
  readonly #now: () => number
  #readAt = Number.NEGATIVE_INFINITY
  #lastBytes: number | null = null
  #atRestBytes = 0
  #emptyBytes = 0

  /** @param now milliseconds of a monotonic clock. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Call once, when the process is ready and no task was in it yet. */
  open(pid: number | null): void {
    if (pid === null) return
    try {
      this.#statm = openSync(`/proc/${pid}/statm`, 'r')
    } catch {
      return
    }
    this.rest()
    this.#emptyBytes = this.#atRestBytes
  }

  close(): void {
    if (this.#statm !== null) closeSync(this.#statm)
    this.#statm = null
  }

  /** What the process takes now, it takes without the tasks that come: what they may add is counted from here. */
  rest(): void {
    this.#atRestBytes = this.#readLately() ?? this.#atRestBytes
  }

  /** True when tasks took more than `memoryMb` since the process was at rest. */
  hasGrownOver(memoryMb: number): boolean {
    return this.#isOver(this.#readBytes(), this.#atRestBytes, memoryMb)
  }

  /** True when more stayed behind tasks than `memoryMb`, counted from the process without any. */
  keepsOver(memoryMb: number): boolean {
    return this.#emptyBytes > 0 && this.#isOver(this.#readLately(), this.#emptyBytes, memoryMb)
  }

  #isOver(bytes: number | null, fromBytes: number, memoryMb: number): boolean {
    return (bytes ?? 0) > fromBytes + memoryMb * BYTES_PER_MB + SLACK_BYTES
  }

  /** Between two calls: the end of one is mostly the beginning of the next. */
  #readLately(): number | null {
    const now = this.#now()
    if (now - this.#readAt < READING_MS) return this.#lastBytes
    this.#readAt = now
    return (this.#lastBytes = this.#readBytes())
  }

  /** Null when the process is gone. */
  #readBytes(): number | null {
    if (this.#statm === null) return null
    try {
      const length = readSync(this.#statm, this.#line, 0, LINE_BYTES, 0)
      const pages = Number(this.#line.toString('latin1', 0, length).split(' ', 2)[1])
      return Number.isFinite(pages) ? pages * PAGE_BYTES : null
    } catch {
      return null
    }
  }
}
