// The native work of a task that has its isolate for itself: one operation after the other, so that what they take of processor
// and memory at one time is that of one.
import { NATIVE_ACCEPTED } from '../../../sandbox/src/bridge.ts'
import type { NativeOperation } from './native-operation.ts'
import { NativeWork } from './native-work.ts'

export interface NativeLaneOptions {
  readonly isOver: () => boolean
  /** Something of the task goes on until `onDone`, whose processor time the task pays for. */
  readonly onBegin: () => void
  /** @param kind of the entry that tells the guest. */
  readonly onAnswer: (kind: number, answer: string) => void
  readonly onDone: () => void
}

export class NativeLane {
  readonly #options: NativeLaneOptions
  readonly #work = new NativeWork<null>()
  #last: Promise<void> = Promise.resolve()

  constructor(options: NativeLaneOptions) {
    this.#options = options
  }

  /** What the guest program is told. */
  ask(op: number, payload: string): string {
    const operation = this.#work.take(op, null, payload)
    if (operation === null) return ''
    if (operation.admission === null) this.#begin(operation)
    else void operation.admission.then(() => this.#begin(operation))
    return NATIVE_ACCEPTED
  }

  /** The task is over: what is kept of it is freed. */
  close(): void {
    this.#work.release(null)
  }

  #begin(operation: NativeOperation): void {
    if (this.#options.isOver()) {
      operation.leave()
      return
    }
    this.#options.onBegin()
    this.#last = this.#last.then(async () => this.#run(operation))
  }

  async #run({ kind, run, leave }: NativeOperation): Promise<void> {
    const { isOver, onAnswer, onDone } = this.#options
    const answer = isOver() ? null : await run()
    leave()
    if (answer !== null) onAnswer(kind, answer)
    onDone()
  }
}
