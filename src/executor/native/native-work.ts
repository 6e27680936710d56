// What the guest of one isolate has done by Node.js, outside of it: which operation an op means, and how much of it there may be.
import { KIND, MAX_CRYPTO_CHARACTERS, MAX_CRYPTO_PENDING, OP } from '../../../sandbox/src/bridge.ts'
import { runCryptoOperation } from '../crypto/run-operation.ts'
import { NativeRoom } from './native-room.ts'

/** One operation for which there is room. Nothing interrupts it once it runs. */
export interface NativeOperation {
  /** Of the entry with the answer. */
  readonly kind: number
  /** The answer. Never rejects. */
  readonly run: () => Promise<string>
  /** To be called once, when it is over, answer and all, or is not begun. */
  readonly leave: () => void
}

export const isNativeOp = (op: number): boolean => op === OP.crypto

export class NativeWork {
  readonly #cryptoRoom = new NativeRoom({ operations: MAX_CRYPTO_PENDING, characters: MAX_CRYPTO_CHARACTERS })

  /** @returns null when there is no room for it */
  take(payload: string): NativeOperation | null {
    const room = this.#cryptoRoom
    if (!room.take(payload)) return null
    return {
      kind: KIND.cryptoAnswer,
      run: async () => runCryptoOperation(payload),
      leave: () => room.leave(payload),
    }
  }

  /** Settles when nothing is in progress. */
  async whenEmpty(): Promise<void> {
    return this.#cryptoRoom.whenEmpty()
  }
}
