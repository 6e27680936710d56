// Requests of the service on behalf of guests: only to hosts of a list, at checked addresses, within bounds of size and time.
import { Agent, errors } from 'undici'
import type { Dispatcher } from 'undici'
import { groupDigits } from '../core/group-digits.ts'
import { isHostAllowed } from '../core/host-rule.ts'
import type { HostRule } from '../core/host-rule.ts'
import type { Failure } from '../errors.ts'
import type { CheckAddress } from './check-address.ts'
import { countInterimAnswers } from './interim-answers.ts'
import { createPinnedConnector, RefusedAddress } from './pinned-connector.ts'
import type { Resolve } from './resolve-host.ts'
import { resolveBySystem } from './resolve-host.ts'
import { refuseSmallPieces, TooSmallPieces } from './small-pieces.ts'

export interface EgressClientOptions {
  readonly check: CheckAddress
  readonly resolve?: Resolve
  readonly connectMs?: number
  readonly connectionsPerOrigin?: number
  /** Requests in progress, all together. */
  readonly requestsMax?: number
}

export interface EgressRequest {
  readonly method: Dispatcher.HttpMethod
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** The hosts that may be asked. */
  readonly rules: readonly HostRule[]
  readonly answerBytes: number
  /** Then the status is the answer: what of the body comes within the bounds is read and thrown away, the rest cut off. */
  readonly ignoresBody?: true
  /** Told of bytes of the answer as they come; false when somebody may have no more of them. */
  readonly takeBytes?: (bytes: number) => boolean
  /** From the start of the request to the last byte of its answer. */
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

export type EgressAnswer =
  | { readonly ok: true; readonly status: number; readonly body: string }
  | { readonly ok: false; readonly failure: Failure }

const DEFAULTS = { connectMs: 10_000, connectionsPerOrigin: 16, requestsMax: 256 }
const ORIGINS_MAX = 1_024
const HEADER_BYTES_MAX = 16 * 1_024
/** Longer than the deadline of any request: that is what ends one. */
const NO_TIMEOUT = 0

export class EgressClient implements AsyncDisposable {
  readonly #options: typeof DEFAULTS
  readonly #agent: Agent
  /** The same, for requests. */
  readonly #dispatcher: Dispatcher
  #running = 0

  constructor(options: EgressClientOptions) {
    this.#options = { ...DEFAULTS, ...options }
    const { connectMs, connectionsPerOrigin } = this.#options
    this.#agent = new Agent({
      connect: createPinnedConnector({ check: options.check, resolve: options.resolve ?? resolveBySystem, connectMs }),
      connections: connectionsPerOrigin,
      maxOrigins: ORIGINS_MAX,
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: NO_TIMEOUT,
      bodyTimeout: NO_TIMEOUT,
      pipelining: 1,
      allowH2: false,
    })
    this.#dispatcher = this.#agent.compose(refuseSmallPieces)
  }

  /**
   * Settles with the answer, whatever its status, or with `EGRESS_DENIED`, `EGRESS_FAILED`, `LIMIT_EGRESS` or `CANCELLED`;
   * never rejects. A redirect is an answer like any other: nobody follows it.
   */
  async request(request: EgressRequest): Promise<EgressAnswer> {
    const denied = checkUrl(request)
    if (denied !== null) return failed(denied)
    const { requestsMax } = this.#options
    if (this.#running >= requestsMax) {
      return failed(egressFailed(request, `is not asked, because ${requestsMax} requests are in progress already`))
    }
    this.#running++
    const deadline = AbortSignal.timeout(request.deadlineMs)
    try {
      return await this.#send(request, AbortSignal.any([request.signal, deadline]))
    } catch (error) {
      return failed(toFailure(error, request, deadline))
    } finally {
      this.#running--
    }
  }

  async #send(request: EgressRequest, signal: AbortSignal): Promise<EgressAnswer> {
    const { url, method, headers, body: sent, answerBytes } = request
    const tooMany = new AbortController()
    const {
      statusCode,
      headers: got,
      body,
    } = await this.#dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: { ...headers, 'accept-encoding': 'identity' },
      body: sent,
      signal: AbortSignal.any([signal, tooMany.signal]),
      onInfo: countInterimAnswers(() => tooMany.abort()),
    })
    // An answer that is not read to its end keeps its connection: what is refused is cut off.
    const refuse = (failure: Failure): EgressAnswer => {
      body.on('error', () => undefined).destroy()
      return failed(failure)
    }
    if (request.ignoresBody === true) {
      // Read, so that the connection can be used again; how that ends changes nothing any more.
      await body.dump({ limit: answerBytes, signal }).catch(() => undefined)
      return { ok: true, status: statusCode, body: '' }
    }
    const encoding = got['content-encoding'] ?? 'identity'
    if (encoding !== 'identity')
      return refuse(egressFailed(request, 'answers in a content encoding that was not asked for'))
    const tooLarge = (used: number): EgressAnswer => refuse(answerTooLarge(request, used))
    const declared = Number(got['content-length'] ?? 0)
    if (declared > answerBytes) return tooLarge(declared)
    const chunks: Buffer[] = []
    let used = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      used += chunk.length
      if (used > answerBytes) return tooLarge(used)
      if (request.takeBytes?.(chunk.length) === false) return refuse(noRoom(request))
      chunks.push(chunk)
    }
    const text = decode(Buffer.concat(chunks))
    if (text === null) return failed(egressFailed(request, 'answers with bytes that are no UTF-8 text'))
    return { ok: true, status: statusCode, body: text }
  }

  /** Cuts off what is in progress. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }
}

function checkUrl({ url, rules }: EgressRequest): Failure | null {
  const shown = `${url.protocol}//${url.host}`
  if (url.username !== '' || url.password !== '') {
    return { code: 'EGRESS_DENIED', message: `The URL for ${shown} holds a user name or a password.` }
  }
  if (isHostAllowed(url, rules)) return null
  return { code: 'EGRESS_DENIED', message: `${shown} is not among the hosts that may be asked.` }
}

function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** The name of the host is the caller's; which addresses it has is not told. */
function toFailure(error: unknown, request: EgressRequest, deadline: AbortSignal): Failure {
  const { url, deadlineMs } = request
  if (error instanceof RefusedAddress) {
    return { code: 'EGRESS_DENIED', message: `${url.host} may not be asked: it leads to ${error.why}.` }
  }
  if (request.signal.aborted) return { code: 'CANCELLED', message: `The request to ${url.host} was cancelled.` }
  if (deadline.aborted) {
    const limit = { limit: deadlineMs, used: deadlineMs }
    return { code: 'EGRESS_FAILED', message: `${url.host} did not answer within ${deadlineMs} ms.`, ...limit }
  }
  if (error instanceof errors.HeadersOverflowError) return egressFailed(request, 'answers with too large headers')
  if (error instanceof TooSmallPieces) return egressFailed(request, 'answers with a body in too many too small pieces')
  const code = (error as { readonly code?: unknown } | null)?.code
  return egressFailed(request, `cannot be asked${typeof code === 'string' ? ` (${code})` : ''}`)
}

function egressFailed({ url }: EgressRequest, problem: string): Failure {
  return { code: 'EGRESS_FAILED', message: `${url.host} ${problem}.` }
}

function answerTooLarge({ url, answerBytes: limit }: EgressRequest, used: number): Failure {
  const message = `${url.host} answers with ${groupDigits(used)} bytes or more; the limit is ${groupDigits(limit)} bytes.`
  return { code: 'LIMIT_EGRESS', message, limit, used }
}

function noRoom({ url }: EgressRequest): Failure {
  const message = `${url.host} answers with more than is left of what all answers together may have.`
  return { code: 'LIMIT_EGRESS', message }
}

function failed(failure: Failure): EgressAnswer {
  return { ok: false, failure }
}
