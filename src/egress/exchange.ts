// One request of guest code from its check to the last byte of its answer: hop by hop, each decided anew, within its budgets.
import type { Dispatcher } from 'undici'
import { EGRESS_PIECE_BYTES } from '../core/egress.ts'
import type {
  EgressExchange,
  EgressHeadResult,
  EgressPiece,
  EgressRequestHead,
  EgressResponseHead,
  HeaderPairs,
} from '../core/egress.ts'
import { CANCELLED } from '../core/failures.ts'
import type { NetworkRule, NetworkVerdict, Reach } from '../core/network-policy.ts'
import type { Failure } from '../errors.ts'
import { chooseDecoding, decodeStream, RATIO_FROM_BYTES, RATIO_MAX } from './decode-body.ts'
import type { WideDecoders } from './decode-body.ts'
import { describeEgressError, failed } from './describe-egress-error.ts'
import type { DispatcherTimes } from './dispatchers.ts'
import type { Slot, TaskBudget } from './egress-budget.ts'
import { isRedirect, nextHop, REDIRECTS_MAX } from './follow-redirect.ts'
import type { Hop } from './follow-redirect.ts'
import { countInterimAnswers, INTERIM_ANSWERS_MAX } from './interim-answers.ts'
import { RequestBody, RESENT_BYTES_MAX } from './request-body.ts'
import { checkRequest, headersOfHop } from './request-headers.ts'
import { PieceReader } from './response-body.ts'
import { hasBody, headBytes, ofDecodedBody, toHeaderPairs, toStatusText } from './response-head.ts'
import { shownHost } from './shown-host.ts'

/** What the exchange is given of the broker, for its task. */
export interface ExchangeParts {
  readonly decide: (method: string, url: URL) => NetworkVerdict
  /** Why a verdict is a refusal, for the code that asked. */
  readonly describeDenial: (method: string, url: URL, verdict: NetworkVerdict) => string
  readonly dispatcherOf: (reach: Reach) => Dispatcher
  /** Whether the connection is closed after the request. */
  readonly isCrowded: () => boolean
  readonly budget: TaskBudget
  readonly takeSlot: () => Slot
  readonly wideDecoders: WideDecoders
  readonly times: DispatcherTimes
  readonly deadlineMs: number
  /** Called once. */
  readonly onEnd: (report: ExchangeReport) => void
}

/**
 * Why a request is not made: what the rules say of it, the addresses that its host has, or the request itself, such as one that
 * is malformed or redirected as it may not be.
 */
export type Denial = Extract<NetworkVerdict, { readonly isAllowed: false }>['reason'] | 'address' | 'request'

/** What became of it, for the log. */
export interface ExchangeReport {
  readonly method: string
  /** Null for what is no URL. */
  readonly url: URL | null
  /** Of the last hop. */
  readonly verdict: NetworkVerdict | null
  readonly redirects: number
  readonly status: number | null
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly failure: Failure | null
  /** Null for one that was not denied. */
  readonly denial: Denial | null
  /** When the code was given the head of its answer, in the time of `performance.now`; null when it was not. */
  readonly headAt: number | null
}

type Answer = Dispatcher.ResponseData

export class Exchange implements EgressExchange {
  readonly #asked: EgressRequestHead
  readonly #parts: ExchangeParts
  readonly #head = Promise.withResolvers<EgressHeadResult>()
  readonly #abort = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #body: RequestBody | null
  readonly #cleanUps: (() => void)[] = []
  #reader: PieceReader | null = null
  #failure: Failure | null = null
  #denial: Denial | null = null
  #headAt: number | null = null
  #isOver = false
  /** For the report. */
  #hop: Hop | null = null
  #verdict: NetworkVerdict | null = null
  #redirects = 0
  #status: number | null = null
  #receivedBytes = 0
  /** Of the body as it is read, and what of it came for that; null without an encoding. */
  #decodedBytes = 0
  #consumedBytes: (() => number) | null = null

  constructor(asked: EgressRequestHead, parts: ExchangeParts) {
    this.#asked = asked
    this.#parts = parts
    this.#body = asked.hasBody
      ? new RequestBody({ isKept: asked.redirect === 'follow', takeBytes: (bytes) => this.#takeSent(bytes) })
      : null
    const { deadlineMs } = parts
    this.#timer = setTimeout(() => this.#fail(this.#outOfTime()), deadlineMs)
    void this.#run()
  }

  get head(): Promise<EgressHeadResult> {
    return this.#head.promise
  }

  readonly write = async (bytes: Uint8Array): Promise<boolean> => (await this.#body?.write(bytes)) ?? false

  readonly end = (): void => {
    const { bodyBytes } = this.#asked
    if (this.#body === null || this.#isOver) return
    if (bodyBytes === undefined || this.#body.bytes === bodyBytes) this.#body.end()
    else this.#deny(`has a body of ${this.#body.bytes} bytes, and says that it has ${bodyBytes}`)
  }

  readonly read = async (): Promise<EgressPiece> => {
    if (this.#failure !== null) return { ok: false, failure: this.#failure }
    if (this.#reader === null || this.#isOver) return { ok: true, bytes: null }
    try {
      const bytes = await this.#reader.read()
      // What ended it meanwhile says it better than the stream.
      if (this.#failure !== null) return { ok: false, failure: this.#failure }
      if (bytes === null) this.#finish()
      else this.#takeDecoded(bytes.byteLength)
      return this.#failure === null ? { ok: true, bytes } : { ok: false, failure: this.#failure }
    } catch (error) {
      this.#failBy(error)
      return { ok: false, failure: this.#failure ?? CANCELLED }
    }
  }

  readonly cancel = (): void => this.#fail(CANCELLED)

  async #run(): Promise<void> {
    // Whoever opens it has it in hand before it can end.
    await Promise.resolve()
    try {
      await this.#makeRequest()
    } catch (error) {
      this.#failBy(error)
    }
  }

  async #makeRequest(): Promise<void> {
    const { budget, takeSlot } = this.#parts
    const spent = budget.takeRequest()
    if (spent !== null) return this.#fail(spent)
    const checked = checkRequest(this.#asked)
    if (!checked.ok) return void this.#deny(checked.problem)
    const { method, url, headers } = checked
    let hop: Hop = { method, url, headers, hasBody: this.#asked.hasBody }
    // Before it waits: what is refused need not.
    if (this.#allow(hop) === null) return undefined
    await budget.turn()
    this.#onEnd(() => budget.release())
    const slot = this.#isOver ? null : takeSlot()
    if (slot?.ok === false) return this.#fail(slot.failure)
    if (slot === null) return undefined
    this.#onEnd(slot.release)
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- hops follow each other
      const next = await this.#makeHop(hop)
      if (next === null) return undefined
      hop = next
    }
  }

  /** Null when the answer is the last, or there is none. */
  async #makeHop(hop: Hop): Promise<Hop | null> {
    const rule = this.#allow(hop)
    if (rule === null) return null
    const answer = await this.#send(hop, rule)
    const headers = toHeaderPairs(answer.headers as unknown as readonly string[])
    this.#status = answer.statusCode
    if (headers === null) return this.#giveUp(answer, failed(hop.url, 'answers with too many headers'))
    if (!this.#takeReceived(headBytes(headers))) return this.#giveUp(answer, null)
    const next = this.#chooseNext(hop, answer.statusCode, headers)
    if (next === null) {
      await this.#deliver(hop, answer, headers)
      return null
    }
    // Its body is for nobody; a short one is read so that the connection can be used again.
    void answer.body.dump({ limit: EGRESS_PIECE_BYTES, signal: this.#abort.signal }).catch(() => undefined)
    if (this.#failure !== null) return null
    this.#redirects++
    const spent = this.#parts.budget.takeRequest()
    if (spent === null) return next
    this.#fail(spent)
    return null
  }

  async #send(hop: Hop, rule: NetworkRule): Promise<Answer> {
    const { method, url } = hop
    const bodyBytes = hop.hasBody ? (this.#asked.bodyBytes ?? null) : null
    const answer = await this.#parts.dispatcherOf(rule.reach).request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: [...headersOfHop(hop.headers, rule.headers, bodyBytes)],
      body: hop.hasBody ? (this.#body?.open() ?? null) : null,
      signal: this.#abort.signal,
      reset: this.#parts.isCrowded(),
      responseHeaders: 'raw',
      onInfo: countInterimAnswers(() =>
        this.#fail(failed(url, `says more than ${INTERIM_ANSWERS_MAX} times that it will answer`)),
      ),
      highWaterMark: EGRESS_PIECE_BYTES,
    })
    // It may break off before anybody reads it, and an error that nobody listens to ends the process.
    answer.body.on('error', () => undefined)
    return answer
  }

  /** Null when the answer is the last one, or when there is a failure. */
  #chooseNext(hop: Hop, status: number, headers: HeaderPairs): Hop | null {
    if (this.#asked.redirect === 'manual' || !isRedirect(status)) return null
    if (this.#asked.redirect === 'error') return this.#deny('is redirected, which its code has not allowed')
    const next = nextHop(hop, status, headers)
    if (next.kind === 'stay') return null
    if (next.kind === 'fail') return this.#deny(next.problem)
    if (this.#redirects >= REDIRECTS_MAX) return this.#deny(`is redirected more than ${REDIRECTS_MAX} times`)
    if (!next.hop.hasBody) this.#body?.close()
    else if (this.#body?.canResend === false) {
      return this.#deny(
        `is redirected with a body of more than ${RESENT_BYTES_MAX} bytes, which is not kept to be sent again`,
      )
    }
    return next.hop
  }

  async #deliver(hop: Hop, answer: Answer, headers: HeaderPairs): Promise<void> {
    if (this.#isOver) return this.#discard(answer)
    const { statusCode, statusText } = answer
    const carries = hasBody(hop.method, statusCode)
    const head = { status: statusCode, statusText: toStatusText(statusText), url: withoutFragment(hop.url) }
    const give = (given: HeaderPairs): void =>
      this.#answer({ ...head, headers: given, isRedirected: this.#redirects > 0, hasBody: carries })
    if (!carries) {
      this.#discard(answer)
      give(headers)
      return this.#finish()
    }
    const encodings = headers.filter(([name]) => name === 'content-encoding').map(([, value]) => value)
    const decoding = chooseDecoding(encodings.join(','))
    if (decoding.kind === 'none') {
      this.#reader = new PieceReader(answer.body)
      return give(headers)
    }
    const giveBack = decoding.kind === 'decode' ? this.#parts.wideDecoders.take(decoding.encoding) : null
    if (decoding.kind === 'fail' || giveBack === null) {
      this.#discard(answer)
      const problem =
        decoding.kind === 'fail' ? decoding.problem : `answers in ${decoding.encoding}, unasked, as many others do`
      return this.#fail(failed(hop.url, problem))
    }
    this.#onEnd(giveBack)
    const { stream, consumedBytes } = await decodeStream(answer.body, decoding.encoding, (bytes) => {
      this.#takeReceived(bytes)
    })
    this.#consumedBytes = consumedBytes
    this.#reader = new PieceReader(stream)
    if (this.#isOver) return this.#reader.destroy()
    return give(ofDecodedBody(headers))
  }

  #allow({ method, url }: Hop): NetworkRule | null {
    this.#hop = { method, url, headers: [], hasBody: false }
    const verdict = this.#parts.decide(method, url)
    this.#verdict = verdict
    if (verdict.isAllowed) return verdict.rule
    this.#fail({ code: 'EGRESS_DENIED', message: this.#parts.describeDenial(method, url, verdict) }, verdict.reason)
    return null
  }

  #takeSent(bytes: number): boolean {
    const { bodyBytes } = this.#asked
    if (bodyBytes !== undefined && (this.#body?.bytes ?? 0) + bytes > bodyBytes) {
      this.#deny(`has a body of more than the ${bodyBytes} bytes that it says`)
      return false
    }
    return this.#failUnless(this.#parts.budget.takeSent(bytes))
  }

  #takeReceived(bytes: number): boolean {
    this.#receivedBytes += bytes
    return this.#failUnless(this.#parts.budget.takeReceived(bytes))
  }

  #takeDecoded(bytes: number): void {
    this.#decodedBytes += bytes
    if (!this.#takeReceived(bytes) || this.#consumedBytes === null || this.#decodedBytes < RATIO_FROM_BYTES) return
    const limit = RATIO_MAX * this.#consumedBytes()
    if (this.#decodedBytes <= limit) return
    const message = `${this.#shownHost()} answers with what unfolds to more than ${RATIO_MAX} times its size.`
    this.#fail({ code: 'LIMIT_EGRESS', message, limit, used: this.#decodedBytes })
  }

  #failUnless(failure: Failure | null): boolean {
    if (failure !== null) this.#fail(failure)
    return failure === null
  }

  #deny(problem: string): null {
    this.#fail({ code: 'EGRESS_DENIED', message: `The request ${problem}.` }, 'request')
    return null
  }

  #giveUp(answer: Answer, failure: Failure | null): null {
    this.#discard(answer)
    if (failure !== null) this.#fail(failure)
    return null
  }

  #discard({ body }: Answer): void {
    body.destroy()
  }

  #failBy(error: unknown): void {
    const { times } = this.#parts
    if (this.#hop === null) return this.#fail(CANCELLED)
    const failure = describeEgressError(error, this.#hop.url, times, this.#reader !== null)
    this.#fail(failure, failure.code === 'EGRESS_DENIED' ? 'address' : null)
  }

  #outOfTime(): Failure {
    const { deadlineMs: limit } = this.#parts
    const message = `${this.#shownHost()} did not answer to the end within the ${Math.round(limit)} ms that the code had left.`
    return { code: 'EGRESS_FAILED', message, limit, used: limit }
  }

  #shownHost(): string {
    return this.#hop === null ? 'The host' : shownHost(this.#hop.url)
  }

  #answer(head: EgressResponseHead): void {
    if (!this.#isOver) this.#headAt = performance.now()
    this.#head.resolve({ ok: true, head })
  }

  /** The first failure counts; one after the end is none. */
  #fail(failure: Failure, denial: Denial | null = null): void {
    if (this.#isOver) return
    this.#failure = failure
    this.#denial = denial
    this.#head.resolve({ ok: false, failure })
    this.#finish()
  }

  /** Also after the end: then at once. */
  #onEnd(cleanUp: () => void): void {
    if (this.#isOver) cleanUp()
    else this.#cleanUps.push(cleanUp)
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#abort.abort()
    this.#body?.close()
    this.#reader?.destroy()
    for (const cleanUp of this.#cleanUps) cleanUp()
    this.#parts.onEnd({
      method: this.#hop?.method ?? '',
      url: this.#hop?.url ?? null,
      verdict: this.#verdict,
      redirects: this.#redirects,
      status: this.#status,
      sentBytes: this.#body?.bytes ?? 0,
      receivedBytes: this.#receivedBytes,
      failure: this.#failure,
      denial: this.#denial,
      headAt: this.#headAt,
    })
  }
}

function withoutFragment(url: URL): string {
  return url.hash === '' ? url.href : url.href.slice(0, -url.hash.length)
}
