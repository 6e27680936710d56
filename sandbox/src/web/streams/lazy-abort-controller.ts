// The abort controller of a writable stream, of which hardly any stream has its signal read: until then there is none, and
// nothing of the events is loaded.
import { events } from '../host.ts'

export class LazyAbortController {
  #signal: object | undefined
  #isAborted = false
  #reason: unknown

  get signal(): object {
    if (this.#signal !== undefined) return this.#signal
    const { createSignal, abortSignal } = events()
    const signal = createSignal()
    this.#signal = signal
    if (this.#isAborted) abortSignal(signal, this.#reason)
    return signal
  }

  abort(reason: unknown): void {
    if (this.#isAborted) return
    this.#isAborted = true
    this.#reason = reason
    if (this.#signal === undefined) return
    const { abortSignal } = events()
    abortSignal(this.#signal, reason)
  }
}
