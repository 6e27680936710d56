// The native work of an isolate that serves many calls: each operation has a turn of its own, like an entry of the call that asked
// for it, so that no other call pays for it. What it has begun cannot be stopped, and is waited for.
import { NATIVE_ACCEPTED } from '../../../sandbox/src/bridge.ts'
import type { EntryTurns } from '../entry-turns.ts'
import type { ModuleCall } from '../module-call.ts'
import type { NativeOperation } from './native-operation.ts'
import { NativeWork } from './native-work.ts'

/** Many times what any operation takes. */
const STUCK_MS = 10_000

export interface NativeAnswer {
  /** Of the entry that tells the guest. */
  readonly kind: number
  readonly text: string
}

export interface NativeTurnsOptions {
  readonly turns: EntryTurns
  readonly isGone: () => boolean
  /** Enters the guest with the answer, if the call goes on; `onOver` is called in any case. */
  readonly onAnswer: (call: ModuleCall, answer: NativeAnswer, onOver: () => void) => void
  /** An operation does not come to its end. */
  readonly onStuck: () => void
}

export class NativeTurns {
  readonly #options: NativeTurnsOptions
  readonly #work = new NativeWork<ModuleCall>()

  constructor(options: NativeTurnsOptions) {
    this.#options = options
  }

  /** What the guest program is told. Operations of a call that is over are not begun. */
  ask(op: number, call: ModuleCall | null | undefined, payload: string): string {
    if (call === null || call === undefined || call.isOver) return ''
    const operation = this.#work.take(op, call, payload)
    if (operation === null) return ''
    if (operation.admission === null) this.#take(call, operation)
    else void operation.admission.then(() => this.#take(call, operation))
    return NATIVE_ACCEPTED
  }

  /** What is kept of the call is freed. */
  ended(call: ModuleCall): void {
    this.#work.release(call)
  }

  /** Settles when nothing is in progress. */
  async whenEmpty(): Promise<void> {
    return this.#work.whenEmpty()
  }

  #take(call: ModuleCall, { kind, run, leave }: NativeOperation): void {
    const { turns, isGone, onAnswer, onStuck } = this.#options
    let answer: NativeAnswer | null = null
    const begin = async (): Promise<void> => {
      const timer = setTimeout(onStuck, STUCK_MS)
      answer = { kind, text: await run() }
      clearTimeout(timer)
    }
    turns.take({
      call,
      isNative: true,
      begin: () => (isGone() || call.isOver ? null : begin()),
      onDone: () => {
        if (answer === null) leave()
        else onAnswer(call, answer, leave)
      },
    })
  }
}
