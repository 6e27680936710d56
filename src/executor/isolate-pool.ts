// Keeps a few virgin isolates ready, made one at a time while no task runs.
import type { ValueFormat } from '../core/invocation.ts'
import type { Slot, SlotOptions } from './slot.ts'
import { createSlot, disposeSlot } from './slot.ts'

export interface IsolatePoolOptions extends SlotOptions {
  /** How many isolates wait ready when the executor has had time. */
  readonly ready: number
  /** Called when an isolate cannot be made: the executor is then of no use. */
  readonly onFailure: (error: unknown) => void
}

export class IsolatePool {
  readonly #options: IsolatePoolOptions
  #ready: Slot[] = []
  #paused = false
  #making: Promise<void> | null = null
  /** Clients keep to one format: the next task is likely to have that of the last one. */
  #expectsPickles = false

  constructor(options: IsolatePoolOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#ready.length
  }

  /** An isolate that no guest code has used; one made ahead if its memory limit is the one that is asked for. */
  take(memoryMb: number, format: ValueFormat): Slot {
    this.#expectsPickles = format === 'cloudpickle'
    if (memoryMb !== this.#options.memoryMb) return createSlot({ ...this.#options, memoryMb })
    return this.#ready.shift() ?? createSlot(this.#options)
  }

  /** No isolate is made while a task runs: its processor time would be charged to the task. */
  pause(): void {
    this.#paused = true
  }

  /** Fills up, leaving the event loop free between two isolates; resolves when nothing more is to be made. */
  async resume(): Promise<void> {
    this.#paused = false
    this.#making ??= this.#fill().finally(() => {
      this.#making = null
    })
    return this.#making
  }

  async #fill(): Promise<void> {
    while (!this.#paused && this.#ready.length < this.#options.ready) {
      try {
        this.#ready.push(createSlot({ ...this.#options, expectsPickles: this.#expectsPickles }))
      } catch (error) {
        this.#options.onFailure(error)
        return
      }
      // oxlint-disable-next-line no-await-in-loop -- one isolate at a time, so that a task can come in between
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  dispose(): void {
    for (const slot of this.#ready) disposeSlot(slot, true)
    this.#ready = []
  }
}
