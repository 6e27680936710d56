// Requests to the platform: bounded in size and time, as the worker that it takes us for, and never redirected.
import { Agent, buildConnector } from 'undici'
import type { Dispatcher } from 'undici'
import { groupDigits } from '../core/group-digits.ts'
import { withBoundedReads } from '../egress/bounded-reads.ts'
import { refuseSmallPieces } from '../egress/small-pieces.ts'
import type { Failure } from '../errors.ts'

export interface PlatformClientOptions {
  /** Sent as it is; empty for none. */
  readonly apiKey: string
  readonly userAgent: string
}

export interface PlatformRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** JSON text, which the platform takes under the content type of forms; null for none. */
  readonly body: string | null
  /** The job that the request is about. */
  readonly jobId?: string
  /** What is kept of the answer. */
  readonly answerBytes: number
  /** Told of bytes of the answer as they come; false when there is no room for them. */
  readonly takeBytes?: (bytes: number) => boolean
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Ends the request only while nothing of its answer has come: what is on its way is work that was given to us. */
  readonly waitSignal?: AbortSignal
}

export type PlatformAnswer =
  | {
      readonly ok: true
      readonly status: number
      readonly contentType: string
      readonly body: string
      /** Why the end of the body is missing; null for a body that is whole. */
      readonly cut: Failure | null
    }
  /** @property message a whole sentence without anything secret. */
  | { readonly ok: false; readonly message: string }

export type AskPlatform = (request: PlatformRequest) => Promise<PlatformAnswer>

const HEADER_BYTES_MAX = 16 * 1_024
const CONNECT_MS = 10_000
/** Each request has a deadline of its own. */
const NO_TIMEOUT = 0
const VISIBLE_ASCII = /^[\u0021-\u007e]+$/u

export class PlatformClient implements AsyncDisposable {
  readonly #options: PlatformClientOptions
  readonly #agent: Agent
  /** The same, for requests. */
  readonly #dispatcher: Dispatcher

  constructor(options: PlatformClientOptions) {
    this.#options = options
    this.#agent = new Agent({
      // As many as there are jobs and polls: a ping never waits for one of theirs.
      connections: null,
      connect: withBoundedReads(buildConnector({ timeout: CONNECT_MS, allowH2: false })),
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: NO_TIMEOUT,
      bodyTimeout: NO_TIMEOUT,
      pipelining: 1,
      allowH2: false,
    })
    this.#dispatcher = this.#agent.compose(refuseSmallPieces)
  }

  /** Settles with the answer, whatever its status; never rejects. */
  readonly ask: AskPlatform = async (request) => {
    const { signal, waitSignal, timeoutMs } = request
    if (signal.aborted || waitSignal?.aborted === true) return GIVEN_UP
    // Signals and timers of its own, all taken away at its end: those of the platform outlive a request by far.
    const own = new AbortController()
    const giveUp = (): void => own.abort()
    let isLate = false
    const deadline = setTimeout(() => {
      isLate = true
      own.abort()
    }, timeoutMs)
    const onHead = (): void => waitSignal?.removeEventListener('abort', giveUp)
    signal.addEventListener('abort', giveUp, { once: true })
    waitSignal?.addEventListener('abort', giveUp, { once: true })
    try {
      return await this.#send(request, own.signal, onHead)
    } catch (error) {
      if (isLate) return { ok: false, message: `The platform did not answer within ${timeoutMs} ms.` }
      if (own.signal.aborted) return GIVEN_UP
      const code = (error as { readonly code?: unknown } | null)?.code
      return { ok: false, message: `The platform cannot be asked${typeof code === 'string' ? ` (${code})` : ''}.` }
    } finally {
      clearTimeout(deadline)
      signal.removeEventListener('abort', giveUp)
      onHead()
    }
  }

  async #send(request: PlatformRequest, signal: AbortSignal, onHead: () => void): Promise<PlatformAnswer> {
    const { url, method, body: sent, answerBytes } = request
    const { origin, pathname, search } = new URL(url)
    const { statusCode, headers, body } = await this.#dispatcher.request({
      origin,
      path: `${pathname}${search}`,
      method,
      headers: this.#headers(request),
      body: sent,
      signal,
    })
    onHead()
    const chunks: Buffer[] = []
    let used = 0
    let cut: Failure | null = null
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const room = Math.min(chunk.length, answerBytes - used)
      // Also when there is no room for it: it is here, and may say whose job it is.
      chunks.push(chunk.subarray(0, room))
      used += room
      if (request.takeBytes?.(room) === false) cut = NO_ROOM
      else if (room < chunk.length) cut = tooLarge(answerBytes)
      // What nobody reads would keep its connection.
      if (cut !== null) break
    }
    const type = headers['content-type'] ?? ''
    const contentType = typeof type === 'string' ? type : (type[0] ?? '')
    return { ok: true, status: statusCode, contentType, body: Buffer.concat(chunks).toString(), cut }
  }

  /** As upstream's worker has them (protocol.md §3.2, §3.3), `Accept-Encoding` aside: an answer is what it says it is. */
  #headers({ body, jobId }: PlatformRequest): Record<string, string> {
    const { apiKey, userAgent } = this.#options
    return {
      'user-agent': userAgent,
      'accept-encoding': 'identity',
      accept: '*/*',
      ...(apiKey === '' ? {} : { authorization: apiKey }),
      ...(jobId === undefined ? {} : { 'x-request-id': VISIBLE_ASCII.test(jobId) ? jobId : encodeURIComponent(jobId) }),
      ...(body === null
        ? { 'content-type': 'application/json' }
        : { 'content-type': 'application/x-www-form-urlencoded', charset: 'utf-8' }),
    }
  }

  /** Cuts off what is in progress. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }
}

const GIVEN_UP: PlatformAnswer = { ok: false, message: 'The request was given up.' }

const NO_ROOM: Failure = {
  code: 'BUFFERS_FULL',
  message: 'There is no room for what the platform sends: bodies and answers in flight fill what the service may hold.',
}

function tooLarge(limit: number): Failure {
  const message = `The platform sends more than ${groupDigits(limit)} bytes at once, which is the limit.`
  return { code: 'PAYLOAD_TOO_LARGE', message, limit }
}
