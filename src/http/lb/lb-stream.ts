// What a function gives chunk by chunk, as the answer of a load-balanced route: nothing of it exists before the first chunk.
import type { ExecuteOptions } from '../../core/executor.ts'
import { notRun } from '../../core/outcome.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { Failure } from '../../errors.ts'
import { BUFFERS_FULL, INTERNAL_FAILURE, SMALL_ANSWER_CHARACTERS } from '../answer.ts'
import type { Answer, AnswerStream } from '../answer.ts'
import type { AppOptions } from '../app-options.ts'
import { headerOf, incomingOf, outgoingOf } from '../context.ts'
import type { HttpContext } from '../context.ts'
import { ChunkBody } from './chunk-body.ts'
import { errorBody } from './lb-answer.ts'
import { STREAM_CONTENT_TYPES, chooseStreamFormat, writeChunk, writeStreamError } from './stream-format.ts'
import type { StreamFormat } from './stream-format.ts'

export interface LbStreamOptions extends Pick<AppOptions, 'buffers' | 'sendMs' | 'onDefect'> {
  readonly c: HttpContext
  /** Stops the code: there is no room for what it gives. */
  readonly onFull: () => void
}

/** What a proxy needs to be told to pass each chunk on as it comes. */
const STREAM_HEADERS = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' }

export class LbStream {
  readonly #options: LbStreamOptions
  readonly #format: StreamFormat
  readonly #started = Promise.withResolvers<void>()
  #body: ChunkBody | null = null
  #isFull = false
  #failure: Failure | null = null

  constructor(options: LbStreamOptions) {
    this.#options = options
    this.#format = chooseStreamFormat(headerOf(options.c, 'accept'))
  }

  readonly onEvent: NonNullable<ExecuteOptions['onEvent']> = async ({ type, value }) => {
    if (type !== 'chunk') return
    this.#body ??= this.#createBody()
    const taken = this.#isFull ? null : this.#body?.push(writeChunk(this.#format, value))
    if (taken === null || taken === undefined) this.#fill()
    else {
      this.#started.resolve()
      await taken
    }
  }

  /** The answer of a task that streams; null when it ends without a chunk, which is then somebody else's to answer. */
  async answer(running: Promise<Outcome>): Promise<Answer | null> {
    await Promise.race([this.#started.promise, running])
    const body = this.#body
    if (body === null || (body.isEmpty && this.#isFull)) return null
    const stream = { body: body.stream, ended: this.#finish(running, body) }
    return { status: 200, body: null, code: null, ...this.#head(true), stream }
  }

  /** The answer of a stream that ended before its first chunk. */
  answerEmpty(): Answer {
    return { status: 200, body: '', code: null, ...this.#head(false) }
  }

  /** How the task ended, for a client: it is not the code's doing, nor the client's, that there was no room. */
  explain(outcome: Outcome): Outcome {
    return this.#isFull && !outcome.ok ? { ...outcome, failure: BUFFERS_FULL } : outcome
  }

  async #finish(running: Promise<Outcome>, body: ChunkBody): Promise<Awaited<AnswerStream['ended']>> {
    const outcome = this.explain(await this.#settled(running))
    if (!outcome.ok) {
      this.#failure = outcome.failure
      void body.push(writeStreamError(this.#format, errorBody(outcome.failure)))
    }
    body.end()
    const timer = setTimeout(() => outgoingOf(this.#options.c)?.destroy(), this.#options.sendMs)
    await body.over
    clearTimeout(timer)
    return { code: this.#failure?.code ?? null, usage: outcome.usage, answerBytes: body.sentBytes }
  }

  async #settled(running: Promise<Outcome>): Promise<Outcome> {
    try {
      return await running
    } catch (error) {
      this.#options.onDefect(error)
      return notRun(INTERNAL_FAILURE)
    }
  }

  #fill(): void {
    if (this.#isFull) return
    this.#isFull = true
    this.#options.onFull()
  }

  #createBody(): ChunkBody | null {
    const lease = this.#options.buffers.reserve(0)
    if (lease === null) return null
    return new ChunkBody({ lease, smallBytes: SMALL_ANSWER_CHARACTERS, onClose: () => this.#sendTrailers() })
  }

  /** HTTP/1.0 has no trailers, nor has a body whose length is known. */
  #head(mayFail: boolean): Pick<Answer, 'contentType' | 'headers'> {
    const hasTrailers = mayFail && incomingOf(this.#options.c)?.httpVersion === '1.1'
    const headers = hasTrailers ? { ...STREAM_HEADERS, trailer: 'X-Error-Code' } : STREAM_HEADERS
    return { contentType: STREAM_CONTENT_TYPES[this.#format], headers }
  }

  /** The code of a failure where no chunk can forge it. */
  #sendTrailers(): void {
    if (this.#failure !== null) outgoingOf(this.#options.c)?.addTrailers({ 'X-Error-Code': this.#failure.code })
  }
}
