// Whether the main thread of an executor of deployed modules is kept by a call: quick functions are entered there, and one that
// is not quick this time can be stopped by nothing but the end of the process. Only its processor time says when that is due.

/** Silence that is looked into: whoever computes for less is no burden. */
const SILENT_MS = 50
/** Processor time in that silence below which nothing computes. */
const BUSY_MS = 30

/** Heartbeats without processor time: on a crowded machine a process can wait for its turn longer than one. */
const STILL_BEATS = 2

export type ThreadLook =
  /** Nothing to do. */
  | { readonly kind: 'fine' }
  /** Ask it for a sign of life. */
  | { readonly kind: 'ask' }
  /** It has not answered, and the process has used so much processor time since it was last heard. */
  | { readonly kind: 'kept'; readonly usedMs: number }

const FINE: ThreadLook = { kind: 'fine' }

export class ThreadWatch {
  #heardAt = 0
  /** Of the process, at the first look after it was last heard. */
  #cpuMs: number | null = null
  #usedMs = 0
  #usedMsAtBeat = 0
  #stillBeats = STILL_BEATS
  #askedAt: number | null = null

  /** Call once per heartbeat. Whether its silence, if it is silent, is that of somebody who is still at work. */
  computesOn(): boolean {
    this.#stillBeats = this.#usedMs > this.#usedMsAtBeat ? 0 : this.#stillBeats + 1
    this.#usedMsAtBeat = this.#usedMs
    return this.#stillBeats < STILL_BEATS
  }

  /** It sent something. */
  heard(now: number): void {
    this.#heardAt = now
    this.#cpuMs = null
    this.#usedMs = 0
    this.#usedMsAtBeat = 0
    this.#stillBeats = STILL_BEATS
    this.#askedAt = null
  }

  /** Call every few milliseconds while it has calls. @param readCpuMs null when the process is gone. */
  look(now: number, readCpuMs: () => number | null): ThreadLook {
    if (now - this.#heardAt < SILENT_MS) return FINE
    const cpuMs = readCpuMs()
    if (cpuMs === null) return FINE
    this.#cpuMs ??= cpuMs
    this.#usedMs = cpuMs - this.#cpuMs
    if (this.#usedMs < BUSY_MS) return FINE
    if (this.#askedAt === null) {
      this.#askedAt = now
      return { kind: 'ask' }
    }
    return now - this.#askedAt < SILENT_MS ? FINE : { kind: 'kept', usedMs: this.#usedMs }
  }
}
