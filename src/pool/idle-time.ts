// What an executor without a task does with its time: it makes isolates and answers heartbeats, and nothing beside.
import { readCpuMs } from './process-stat.ts'

export class IdleTime {
  readonly #heartbeatMs: number
  #cpuMsAtBeat = 0
  /** How many tasks it had run at the last beat, if it was idle then. */
  #tasksAtBeat: number | null = null

  constructor(heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs
  }

  /**
   * Call once per heartbeat. True when the process computed for half of the time since the last: it runs what it should not.
   * @param tasks how many it has run; null while it has one.
   */
  isSpent(pid: number | null, tasks: number | null): boolean {
    if (pid === null) return false
    const before = this.#cpuMsAtBeat
    const wasIdle = tasks !== null && this.#tasksAtBeat === tasks
    this.#tasksAtBeat = tasks
    this.#cpuMsAtBeat = tasks === null ? 0 : (readCpuMs(pid) ?? 0)
    return wasIdle && this.#cpuMsAtBeat - before > this.#heartbeatMs / 2
  }
}
