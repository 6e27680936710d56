// The one host timer of an isolate: the guest program keeps its own queue and asks to be entered when the first is due.

const MAX_DELAY_MS = 0x7f_ff_ff_ff

export class GuestTimer {
  readonly #onDue: () => void
  #timeout: NodeJS.Timeout | null = null
  #immediate: NodeJS.Immediate | null = null

  constructor(onDue: () => void) {
    this.#onDue = onDue
  }

  /** Replaces what was armed before; -1 only takes it back. */
  arm(delayMs: number): void {
    if (this.#timeout !== null) clearTimeout(this.#timeout)
    if (this.#immediate !== null) clearImmediate(this.#immediate)
    this.#timeout = null
    this.#immediate = null
    if (delayMs === -1) return
    if (delayMs > 0) this.#timeout = setTimeout(this.#onDue, Math.min(delayMs, MAX_DELAY_MS))
    else this.#immediate = setImmediate(this.#onDue)
  }
}
