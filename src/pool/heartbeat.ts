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
  /** Null when the last ping is answered. */
  #sentAt: number | null = null
  #waitedMsAtSend = 0

  constructor(heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs
  }

  /**
   * What to do now, once per heartbeat.
   * @param waitedMs how long its main thread has waited for a processor: on a crowded machine that is no silence of its own.
   */
  beat(now: number, waitedMs: number): Beat {
    if (this.#sentAt !== null) {
      const silentMs = now - this.#sentAt - (waitedMs - this.#waitedMsAtSend)
      return { kind: silentMs >= 2 * this.#heartbeatMs ? 'missed' : 'wait' }
    }
    this.#sentAt = now
    this.#waitedMsAtSend = waitedMs
    return { kind: 'ping', sequence: ++this.#sequence }
  }

  /** Throws on a pong that answers no open ping. */
  answered(sequence: number): void {
    if (this.#sentAt === null || sequence !== this.#sequence) throw new Error('frame: a pong without a ping')
    this.#sentAt = null
  }
}
