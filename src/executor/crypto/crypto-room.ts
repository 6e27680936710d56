// How much of `crypto.subtle` may be in progress: operations of one isolate, and text in the whole process, which no heap limit
// of a guest counts.
import { MAX_CRYPTO_CHARACTERS, MAX_CRYPTO_PENDING } from '../../../sandbox/src/bridge.ts'

/** Of all isolates of this process: four of the largest operations. */
const MAX_CHARACTERS_IN_PROGRESS = 4 * MAX_CRYPTO_CHARACTERS

let charactersInProgress = 0

export class CryptoRoom {
  #operations = 0
  #onEmpty: (() => void)[] = []

  /** False when there is none: the guest waits with it. */
  take(payload: string): boolean {
    const { length } = payload
    if (length > MAX_CRYPTO_CHARACTERS || this.#operations >= MAX_CRYPTO_PENDING) return false
    if (charactersInProgress + length > MAX_CHARACTERS_IN_PROGRESS) return false
    charactersInProgress += length
    this.#operations++
    return true
  }

  /** What has been taken is over, answer and all. */
  leave(payload: string): void {
    charactersInProgress -= payload.length
    this.#operations--
    if (this.#operations > 0) return
    const waiting = this.#onEmpty
    this.#onEmpty = []
    for (const tell of waiting) tell()
  }

  /** Settles when nothing is in progress. */
  async whenEmpty(): Promise<void> {
    if (this.#operations > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve))
  }
}
