// What a job gives while it runs, on its way to the platform: one post at a time, in order, and all of them before the result.
import { groupDigits } from '../core/group-digits.ts'
import type { ValueFormat } from '../core/invocation.ts'
import { MAX_CHUNK_BYTES } from '../core/limits.ts'
import type { TaskEvent } from '../core/task.ts'
import { describeFailure } from '../protocol/failure-text.ts'
import { liftError } from '../protocol/lift-error.ts'
import type { Posted } from './post-to-platform.ts'

export interface JobEventsOptions {
  /** Of chunks. */
  readonly format: ValueFormat
  readonly postChunk: (body: string) => Promise<Posted>
  readonly postProgress: (body: string) => Promise<Posted>
  /** Stops the code: nothing that it still gives is wanted. */
  readonly onEnded: () => void
  /** Told of a progress that the platform did not take. */
  readonly onProgressLost: (posted: Exclude<Posted, { type: 'taken' }>) => void
}

export class JobEvents {
  readonly #options: JobEventsOptions
  #tail: Promise<void> = Promise.resolve()
  /** The newest progress that waits behind the post in progress: it takes the place of one that waits already. */
  #progress: string | null = null
  #chunks = 0
  #error: string | null = null

  constructor(options: JobEventsOptions) {
    this.#options = options
  }

  /** How many chunks the code gave. */
  get chunks(): number {
    return this.#chunks
  }

  /** Why the stream ended before its code did, as the error of the job; null when it did not. */
  get error(): string | null {
    return this.#error
  }

  /** Settles when the platform has taken what the event brings, and so there is room for another. */
  readonly onEvent = async ({ type, value }: TaskEvent): Promise<void> => {
    switch (type) {
      case 'chunk':
        return this.#takeChunk(value)
      case 'progress': {
        const waits = this.#progress !== null
        this.#progress = value
        return waits ? this.#tail : this.#inOrder(async () => this.#postProgress())
      }
      default:
        return type satisfies never
    }
  }

  /** Settles when nothing is on its way any more. */
  async settled(): Promise<void> {
    await this.#tail
  }

  async #takeChunk(value: string): Promise<void> {
    if (this.#error !== null) return undefined
    this.#chunks += 1
    const isJson = this.#options.format === 'json'
    const bytes = Buffer.byteLength(value)
    // An object that is nothing but an error ends a stream (protocol.md §3.3); what was given before it stays.
    const error = bytes > MAX_CHUNK_BYTES ? chunkTooLarge(bytes) : isJson ? liftError(value).error : null
    return this.#inOrder(async () =>
      error === null ? this.#postChunk(isJson ? value : JSON.stringify(value)) : this.#end(error),
    )
  }

  async #postChunk(json: string): Promise<void> {
    if (this.#error !== null) return
    const posted = await this.#options.postChunk(`{"output":${json}}`)
    if (posted.type !== 'taken') this.#end(chunkLost(posted, Buffer.byteLength(json)))
  }

  async #postProgress(): Promise<void> {
    const value = this.#progress
    this.#progress = null
    const posted = await this.#options.postProgress(`{"status":"IN_PROGRESS","output":${value}}`)
    if (posted.type !== 'taken') this.#options.onProgressLost(posted)
  }

  #end(error: string): void {
    if (this.#error !== null) return
    this.#error = error
    this.#options.onEnded()
  }

  async #inOrder(work: () => Promise<void> | void): Promise<void> {
    this.#tail = this.#tail.then(work)
    return this.#tail
  }
}

function chunkTooLarge(used: number): string {
  const limit = MAX_CHUNK_BYTES
  const message = `A chunk is ${groupDigits(used)} bytes; the limit is ${groupDigits(limit)} bytes.`
  return describeFailure({ code: 'LIMIT_OUTPUT', message, limit, used })
}

/** A stream with a hole is no result. */
function chunkLost(posted: Exclude<Posted, { type: 'taken' }>, bytes: number): string {
  const size = `A chunk of ${groupDigits(bytes)} bytes`
  return posted.type === 'refused'
    ? describeFailure({
        code: 'LIMIT_OUTPUT',
        message: `${size} was refused by the platform (status ${posted.status}).`,
      })
    : describeFailure({ code: 'INTERNAL', message: `${size} could not be posted. ${posted.message}` })
}
