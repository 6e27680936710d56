// The pings of one executor: one at a time, each answered once. Whoever answers more has been taken over and means to keep this
// process busy.

export type Beat =
  | { readonly kind: 'ping'; readonly sequence: number }
  /** The last one is still on its way. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'missed' }

export class Heartbeat {
  readonly #heartbeatMs: number
  #sequence = 0
  /** How long the last ping has gone without an answer; null when it has one. */
  #silentMs: number | null = null
  #beatAt = 0
  #waitedMsAtSend = 0

  constructor(heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs
  }

  /**
   * What to do now, once per heartbeat. One that comes late counts as one: then this process was kept from sending and reading.
   * @param waitedMs how long its main thread has waited for a processor: on a crowded machine that is no silence of its own.
   */
  beat(now: number, waitedMs: number): Beat {
    const passedMs = Math.min(now - this.#beatAt, this.#heartbeatMs)
    this.#beatAt = now
    if (this.#silentMs !== null) {
      this.#silentMs += passedMs
      const ownMs = this.#silentMs - (waitedMs - this.#waitedMsAtSend)
      return { kind: ownMs >= 2 * this.#heartbeatMs ? 'missed' : 'wait' }
    }
    this.#silentMs = 0
    this.#waitedMsAtSend = waitedMs
    return { kind: 'ping', sequence: ++this.#sequence }
  }

  /** Throws on a pong that answers no open ping. */
  answered(sequence: number): void {
    if (this.#silentMs === null || sequence !== this.#sequence) throw new Error('frame: a pong without a ping')
    this.#silentMs = null
  }
}
