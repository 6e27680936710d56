// What guest code hears of a request that came to nothing: the name of the host is its own, which addresses it has is not told.
import { errors } from 'undici'
import { groupDigits } from '../core/group-digits.ts'
import type { Failure } from '../errors.ts'
import { RESPONSE_HEADER_BYTES } from './dispatchers.ts'
import type { DispatcherTimes } from './dispatchers.ts'
import { RefusedAddress } from './pinned-connector.ts'
import { shownHost } from './shown-host.ts'
import { TooSmallPieces } from './small-pieces.ts'

/** Errors of decoders, and of a body that ends before its encoding does. */
const OF_ENCODING = /^(?:Z_|ZSTD_|ERR__ERROR_|ERR_BROTLI_|ERR_ZSTD_|ERR_STREAM_PREMATURE_CLOSE)/u

/**
 * Never holds a text of the error: that may name addresses, or headers.
 * @param isAnswering whether the head of its answer was there already.
 */
export function describeEgressError(error: unknown, url: URL, times: DispatcherTimes, isAnswering: boolean): Failure {
  if (error instanceof RefusedAddress) {
    return { code: 'EGRESS_DENIED', message: `${shownHost(url)} may not be asked: it leads to ${error.why}.` }
  }
  if (error instanceof errors.ConnectTimeoutError) return tooSlow(url, 'could not be connected to', times.connectMs)
  if (error instanceof errors.HeadersTimeoutError) return tooSlow(url, 'did not begin to answer', times.firstByteMs)
  if (error instanceof errors.BodyTimeoutError)
    return tooSlow(url, 'did not go on with its answer', times.betweenBytesMs)
  if (error instanceof errors.HeadersOverflowError) {
    return failed(url, `answers with headers of more than ${groupDigits(RESPONSE_HEADER_BYTES)} bytes`)
  }
  if (error instanceof TooSmallPieces) return failed(url, 'answers with a body in too many too small pieces')
  const code = codeOf(error)
  const shown = code === null ? '' : ` (${code})`
  if (code === 'TOO_MANY_CONNECTIONS') return failed(url, 'is not asked, because too many connections are open already')
  if (code?.startsWith('HPE_') === true) return failed(url, `answers with what is no HTTP${shown}`)
  if (!isAnswering) return failed(url, `cannot be asked${shown}`)
  return failed(
    url,
    code !== null && OF_ENCODING.test(code)
      ? `answers with a body that is not whole in the encoding that it names${shown}`
      : `broke off its answer${shown}`,
  )
}

export function failed(url: URL, problem: string): Failure {
  return { code: 'EGRESS_FAILED', message: `${shownHost(url)} ${problem}.` }
}

function tooSlow(url: URL, what: string, limitMs: number): Failure {
  const message = `${shownHost(url)} ${what} within ${limitMs} ms.`
  return { code: 'EGRESS_FAILED', message, limit: limitMs, used: limitMs }
}

function codeOf(error: unknown): string | null {
  const code = (error as { readonly code?: unknown } | null)?.code
  return typeof code === 'string' && /^\w{1,64}$/u.test(code) ? code : null
}
