// What a function gives chunk by chunk, as the answer of a request: nothing of it exists before the first chunk.
import type { ExecuteOptions } from '../../core/executor.ts'
import { SERVICE_FAILED } from '../../core/failures.ts'
import type { ValueFormat } from '../../core/invocation.ts'
import { notRun } from '../../core/outcome.ts'
import type { Usage } from '../../core/outcome.ts'
import type { ErrorCode } from '../../errors.ts'
import { BUFFERS_FULL, SMALL_ANSWER_CHARACTERS } from '../answer.ts'
import type { Answer, AnswerStream } from '../answer.ts'
import type { AppOptions } from '../app-options.ts'
import { incomingOf, outgoingOf } from '../context.ts'
import type { HttpContext } from '../context.ts'
import { errorBody } from '../error-body.ts'
import { ChunkBody } from './chunk-body.ts'
import { STREAM_CONTENT_TYPES, writeChunk, writeStreamError } from './stream-format.ts'
import type { StreamFormat } from './stream-format.ts'

export interface ChunkStreamOptions extends Pick<AppOptions, 'buffers' | 'sendMs' | 'onDefect'> {
  readonly c: HttpContext
  readonly format: StreamFormat
  /** Of the chunks: a pickle is sent as a JSON string. */
  readonly valueFormat: ValueFormat
  /** Stops the code: there is no room for what it gives. */
  readonly onFull: () => void
}

export interface StreamEnd {
  /** What goes behind the chunks, in the form of the stream. */
  readonly texts: readonly string[]
  /** Of a failure; null when all went well. */
  readonly code: ErrorCode | null
  readonly usage: Usage
}

/** What a proxy needs to be told to pass each chunk on as it comes. */
const STREAM_HEADERS = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' }

export class ChunkStream {
  readonly #options: ChunkStreamOptions
  #onStarted: () => void = () => undefined
  #body: ChunkBody | null = null
  #isFull = false
  #code: ErrorCode | null = null

  constructor(options: ChunkStreamOptions) {
    this.#options = options
  }

  /** Whether the code was stopped because there was no room: then that is how the task ended, for a client. */
  get isFull(): boolean {
    return this.#isFull
  }

  readonly onEvent: NonNullable<ExecuteOptions['onEvent']> = async ({ type, value }) => {
    if (type !== 'chunk') return
    this.#body ??= this.#createBody()
    const { format, valueFormat } = this.#options
    const json = valueFormat === 'json' ? value : `"${value}"`
    const taken = this.#isFull ? null : this.#body?.push(writeChunk(format, json))
    if (taken === null || taken === undefined) this.#fill()
    else {
      this.#onStarted()
      await taken
    }
  }

  /**
   * The answer of a task that streams; null when it ends without a chunk, which is then somebody else's to answer.
   * @param toEnd what goes behind the chunks.
   */
  async answer<Ending>(ending: Promise<Ending>, toEnd: (ending: Ending) => StreamEnd): Promise<Answer | null> {
    await this.#startedOr(ending)
    const body = this.#body
    if (body === null || (body.isEmpty && this.#isFull)) return null
    const stream = { body: body.stream, ended: this.#finish(ending.then(toEnd), body) }
    return { status: 200, body: null, code: null, ...this.#head(true), stream }
  }

  #startedOr(ending: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onStarted = resolve
      ending.then(() => resolve(), reject)
    })
  }

  /** The answer of a stream that ended before its first chunk. */
  answerEmpty({ texts }: Pick<StreamEnd, 'texts'> = { texts: [] }): Answer {
    return { status: 200, body: texts.join(''), code: null, ...this.#head(false) }
  }

  async #finish(ending: Promise<StreamEnd>, body: ChunkBody): Promise<Awaited<AnswerStream['ended']>> {
    const { texts, code, usage } = await this.#settled(ending)
    this.#code = code
    if (texts.some((text) => body.push(text) === null)) {
      this.#code = BUFFERS_FULL.code
      void body.push(writeStreamError(this.#options.format, errorBody(BUFFERS_FULL)))
    }
    body.end()
    const timer = setTimeout(() => outgoingOf(this.#options.c)?.destroy(), this.#options.sendMs)
    await body.over
    clearTimeout(timer)
    return { code: this.#code, usage, answerBytes: body.sentBytes }
  }

  async #settled(ending: Promise<StreamEnd>): Promise<StreamEnd> {
    try {
      return await ending
    } catch (error) {
      this.#options.onDefect(error)
      const texts = [writeStreamError(this.#options.format, errorBody(SERVICE_FAILED))]
      return { texts, code: SERVICE_FAILED.code, usage: notRun(SERVICE_FAILED).usage }
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
    return { contentType: STREAM_CONTENT_TYPES[this.#options.format], headers }
  }

  /** The code of a failure where no chunk can forge it. */
  #sendTrailers(): void {
    if (this.#code !== null) outgoingOf(this.#options.c)?.addTrailers({ 'X-Error-Code': this.#code })
  }
}
