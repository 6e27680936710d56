// The operations of `crypto.subtle` of a task that has its isolate for itself: one after the other, so that what they take of
// processor and memory at one time is that of one.
import { CRYPTO_ACCEPTED } from '../../../sandbox/src/bridge.ts'
import { CryptoRoom } from './crypto-room.ts'
import { runCryptoOperation } from './run-operation.ts'

export interface CryptoLaneOptions {
  readonly isOver: () => boolean
  /** Something of the task goes on until `onDone`, whose processor time the task pays for. */
  readonly onBegin: () => void
  readonly onAnswer: (answer: string) => void
  readonly onDone: () => void
}

export class CryptoLane {
  readonly #options: CryptoLaneOptions
  readonly #room = new CryptoRoom()
  #last: Promise<void> = Promise.resolve()

  constructor(options: CryptoLaneOptions) {
    this.#options = options
  }

  /** What the guest program is told. */
  ask(payload: string): string {
    if (!this.#room.take(payload)) return ''
    this.#options.onBegin()
    this.#last = this.#last.then(async () => this.#run(payload))
    return CRYPTO_ACCEPTED
  }

  async #run(payload: string): Promise<void> {
    const { isOver, onAnswer, onDone } = this.#options
    const answer = isOver() ? null : await runCryptoOperation(payload)
    this.#room.leave(payload)
    if (answer !== null) onAnswer(answer)
    onDone()
  }
}
