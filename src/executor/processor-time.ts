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
    if (this.#startedAt === null) return 0
    const { user, system } = process.cpuUsage(this.#startedAt)
    return (user + system) / 1_000
  }
}
