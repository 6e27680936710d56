// The operations of `crypto.subtle` of an isolate that serves many calls: each has a turn of its own, like an entry of the call
// that asked for it, so that no other call pays for it. What it has begun cannot be stopped, and is waited for.
import { CRYPTO_ACCEPTED } from '../../../sandbox/src/bridge.ts'
import type { EntryTurns } from '../entry-turns.ts'
import type { ModuleCall } from '../module-call.ts'
import { CryptoRoom } from './crypto-room.ts'
import { runCryptoOperation } from './run-operation.ts'

/** Many times what any operation takes. */
const STUCK_MS = 10_000

export interface CryptoTurnsOptions {
  readonly turns: EntryTurns
  readonly isGone: () => boolean
  /** Enters the guest with the answer, if the call goes on; `onOver` is called in any case. */
  readonly onAnswer: (call: ModuleCall, answer: string, onOver: () => void) => void
  /** An operation does not come to its end. */
  readonly onStuck: () => void
}

export class CryptoTurns {
  readonly #options: CryptoTurnsOptions
  readonly #room = new CryptoRoom()

  constructor(options: CryptoTurnsOptions) {
    this.#options = options
  }

  /** What the guest program is told. Operations of a call that is over are not begun. */
  ask(call: ModuleCall | null | undefined, payload: string): string {
    if (call === null || call === undefined || call.isOver || !this.#room.take(payload)) return ''
    const { turns, isGone, onAnswer, onStuck } = this.#options
    let answer: string | null = null
    let timer: NodeJS.Timeout | undefined
    const run = async (): Promise<void> => {
      timer = setTimeout(onStuck, STUCK_MS)
      answer = await runCryptoOperation(payload)
      clearTimeout(timer)
    }
    turns.take({
      call,
      isNative: true,
      begin: () => (isGone() || call.isOver ? null : run()),
      onDone: () => {
        if (answer === null) this.#room.leave(payload)
        else onAnswer(call, answer, () => this.#room.leave(payload))
      },
    })
    return CRYPTO_ACCEPTED
  }

  /** Settles when nothing is in progress. */
  async whenEmpty(): Promise<void> {
    return this.#room.whenEmpty()
  }
}
