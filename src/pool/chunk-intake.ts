// The chunks of one task as they come from its executor: checked, handed on in their order, and paid back with room for more.
import type { ExecuteOptions } from '../core/executor.ts'
import { MAX_CHUNK_BYTES } from '../core/limits.ts'
import type { Task } from '../core/task.ts'
import { STREAM_WINDOW_CHUNKS } from '../ipc/messages.ts'
import { checkChunk, isLongJson, NOT_JSON } from './check-value.ts'
import type { JsonTurns } from './json-turns.ts'

export interface ChunkIntakeOptions {
  readonly task: Task
  readonly onEvent: ExecuteOptions['onEvent']
  readonly turns: JsonTurns
  /** A chunk was taken: the executor may send one more. */
  readonly onTaken: () => void
  /** One that it took long to look at is not what it claims to be: the executor broke the contract. */
  readonly onForged: (reason: string) => void
}

interface Held {
  readonly chunk: string
  isJson: boolean
}

export class ChunkIntake {
  readonly #options: ChunkIntakeOptions
  #roomChunks = STREAM_WINDOW_CHUNKS
  #bytes = 0
  #received = 0
  /** Those that are being looked at, and what came behind them. */
  #held: Held[] = []
  #isClosed = false
  #onHandedOn: ((areForged: boolean) => void) | null = null

  constructor(options: ChunkIntakeOptions) {
    this.#options = options
  }

  /** Throws an Error when the executor broke the contract; its process is then killed. */
  take(chunk: string | undefined): void {
    const { task, onEvent, turns } = this.#options
    const { mayStream = false, input } = task.invocation
    if (!mayStream || onEvent === undefined) throw new Error('frame: a chunk of a task that is no stream')
    if (chunk === undefined) throw new Error('frame: a chunk without a value')
    if (this.#roomChunks === 0) throw new Error('frame: a chunk that there is no room for')
    checkChunk(chunk, input.format, Math.min(MAX_CHUNK_BYTES, task.limits.outputBytes - this.#bytes))
    this.#bytes += Buffer.byteLength(chunk)
    this.#received++
    this.#roomChunks--
    const isLong = isLongJson(chunk, input.format)
    if (!isLong && this.#held.length === 0) {
      this.#handOn(chunk)
      return
    }
    const held: Held = { chunk, isJson: !isLong }
    this.#held.push(held)
    if (isLong) turns.look(chunk, (isJson) => this.#known(held, isJson))
  }

  /** Throws when the executor says that it has sent another number. */
  checkEnd(chunks: number): void {
    if (chunks !== this.#received) throw new Error('frame: a stream with another number of chunks')
  }

  /** Calls back when all that came has been handed on, or was found to be forged; before this returns, unless one is still looked at. */
  whenHandedOn(then: (areForged: boolean) => void): void {
    if (this.#held.length === 0) then(false)
    else this.#onHandedOn = then
  }

  /** Hands nothing on any more: the task has ended otherwise. */
  close(): void {
    this.#isClosed = true
    this.#held = []
  }

  #known(held: Held, isJson: boolean): void {
    if (this.#isClosed) return
    held.isJson = isJson
    if (!isJson) {
      this.close()
      this.#options.onForged(NOT_JSON)
      this.#onHandedOn?.(true)
      return
    }
    for (let next = this.#held[0]; next?.isJson === true; next = this.#held[0]) {
      this.#held.shift()
      this.#handOn(next.chunk)
    }
    if (this.#held.length === 0) this.#onHandedOn?.(false)
  }

  #handOn(value: string): void {
    const taken = (): void => {
      this.#roomChunks++
      this.#options.onTaken()
    }
    this.#options.onEvent?.({ type: 'chunk', value }).then(taken, taken)
  }
}
