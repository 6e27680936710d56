// Processor time of this process while something of a task runs in it: a task that waits is charged nothing, whatever the
// process does meanwhile, and a process that wakes up only to measure would be charged for that.

export class ProcessorTime {
  #usedMs = 0
  #startedAt: NodeJS.CpuUsage | null = null

  /** So far. */
  get usedMs(): number {
    return this.#usedMs + this.#runningMs()
  }

  /** From now on it counts. */
  start(): void {
    this.#startedAt = process.cpuUsage()
  }

  stop(): void {
    this.#usedMs += this.#runningMs()
    this.#startedAt = null
  }

  #runningMs(): number {
    return this.#startedAt === null ? 0 : cpuMsSince(this.#startedAt)
  }
}

/** What all threads of this process have used since. */
export function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1_000
}
