// The chunks of one task as they come from its executor: checked, handed on, and paid back with room for more.
import type { ExecuteOptions } from '../core/executor.ts'
import { MAX_CHUNK_BYTES } from '../core/limits.ts'
import type { Task } from '../core/task.ts'
import { STREAM_WINDOW_CHUNKS } from '../ipc/messages.ts'
import { checkChunk } from './check-value.ts'

export interface ChunkIntakeOptions {
  readonly task: Task
  readonly onEvent: ExecuteOptions['onEvent']
  /** A chunk was taken: the executor may send one more. */
  readonly onTaken: () => void
}

export class ChunkIntake {
  readonly #options: ChunkIntakeOptions
  #roomChunks = STREAM_WINDOW_CHUNKS
  #bytes = 0
  #received = 0

  constructor(options: ChunkIntakeOptions) {
    this.#options = options
  }

  /** Throws an Error when the executor broke the contract; its process is then killed. */
  take(chunk: string | undefined): void {
    const { task, onEvent } = this.#options
    const { mayStream = false, input } = task.invocation
    if (!mayStream || onEvent === undefined) throw new Error('frame: a chunk of a task that is no stream')
    if (chunk === undefined) throw new Error('frame: a chunk without a value')
    if (this.#roomChunks === 0) throw new Error('frame: a chunk that there is no room for')
    checkChunk(chunk, input.format, Math.min(MAX_CHUNK_BYTES, task.limits.outputBytes - this.#bytes))
    this.#bytes += Buffer.byteLength(chunk)
    this.#received++
    this.#roomChunks--
    const taken = (): void => {
      this.#roomChunks++
      this.#options.onTaken()
    }
    onEvent({ type: 'chunk', value: chunk }).then(taken, taken)
  }

  /** Throws when the executor says that it has sent another number. */
  checkEnd(chunks: number): void {
    if (chunks !== this.#received) throw new Error('frame: a stream with another number of chunks')
  }
}
