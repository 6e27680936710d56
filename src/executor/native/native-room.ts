// How much native work may be in progress outside of an isolate: operations of one isolate, and text in the whole process, which
// no heap limit of a guest counts.
import { MAX_CRYPTO_CHARACTERS } from '../../../sandbox/src/bridge.ts'

/** Of all isolates of this process: four of the largest operations of `crypto.subtle`. */
const MAX_CHARACTERS_IN_PROGRESS = 4 * MAX_CRYPTO_CHARACTERS

let charactersInProgress = 0

export interface RoomLimits {
  readonly operations: number
  /** Of one operation. */
  readonly characters: number
}

export class NativeRoom {
  readonly #limits: RoomLimits
  #operations = 0
  #onEmpty: (() => void)[] = []

  constructor(limits: RoomLimits) {
    this.#limits = limits
  }

  /** False when there is none: the guest waits with it. */
  take({ length }: string): boolean {
    const { operations, characters } = this.#limits
    if (length > characters || this.#operations >= operations) return false
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
