// What code says of its own progress: of what waits only the latest is kept, and the front has one at a time.
import { MAX_PROGRESS_BYTES } from '../core/limits.ts'

export class CallProgress {
  readonly #send: (text: string) => void
  #waiting: string | null = null
  #isSending = false

  constructor(send: (text: string) => void) {
    this.#send = send
  }

  /** The guest program has checked the size; whoever broke it is not heard. */
  say(text: string): void {
    if (Buffer.byteLength(text) > MAX_PROGRESS_BYTES) return
    if (this.#isSending) this.#waiting = text
    else {
      this.#isSending = true
      this.#send(text)
    }
  }

  /** The front has handed the last one on. */
  taken(): void {
    const text = this.#waiting
    this.#waiting = null
    if (text === null) this.#isSending = false
    else this.#send(text)
  }
}
