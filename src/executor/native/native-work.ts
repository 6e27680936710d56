// What the guest of one isolate has done by Node.js, outside of it: which operation an op means, and how much of it there may be.
import { KIND, MAX_CRYPTO_CHARACTERS, MAX_CRYPTO_PENDING, OP } from '../../../sandbox/src/bridge.ts'
import { BrotliStreams } from '../brotli/brotli-streams.ts'
import { runCryptoOperation } from '../crypto/run-operation.ts'
import type { NativeOperation } from './native-operation.ts'
import { NativeRoom } from './native-room.ts'

export const isNativeOp = (op: number): boolean => op === OP.crypto || op === OP.brotli

/** @typeParam Owner - of what is kept from one operation to the next. */
export class NativeWork<Owner> {
  readonly #cryptoRoom = new NativeRoom({ operations: MAX_CRYPTO_PENDING, characters: MAX_CRYPTO_CHARACTERS })
  #brotli: BrotliStreams<Owner> | undefined

  /** @returns null when there is no room for it, or nothing to wait for. */
  take(op: number, owner: Owner, payload: string): NativeOperation | null {
    if (op === OP.brotli) return (this.#brotli ??= new BrotliStreams()).take(owner, payload)
    const room = this.#cryptoRoom
    if (op !== OP.crypto || !room.take(payload)) return null
    return {
      kind: KIND.cryptoAnswer,
      admission: null,
      run: async () => runCryptoOperation(payload),
      leave: () => room.leave(payload),
    }
  }

  /** The owner is over: what is kept of it is freed, behind what is in progress. */
  release(owner: Owner): void {
    this.#brotli?.release(owner)
  }

  /** Settles when nothing is in progress. */
  async whenEmpty(): Promise<void> {
    await this.#cryptoRoom.whenEmpty()
    await this.#brotli?.whenEmpty()
  }
}
