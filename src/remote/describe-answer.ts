// What the code that called another resource is told of an answer that is no result.
import type { RemoteAnswer } from '../core/remote-call.ts'
import type { ErrorCode } from '../errors.ts'

const QUOTE_CHARACTERS = 500

export function describeStatus(
  name: string,
  { status, body }: { readonly status: number; readonly body: string },
): RemoteAnswer {
  const quoted = body.length > QUOTE_CHARACTERS ? `${body.slice(0, QUOTE_CHARACTERS)}…` : body
  const said = quoted === '' ? '' : `: ${quoted}`
  const redirects = status >= 300 && status <= 399 ? ' (redirects are not followed)' : ''
  return failed('REMOTE_FAILED', `The resource of '${name}' answered with status ${status}${redirects}${said}`)
}

export function failed(code: ErrorCode, message: string): Extract<RemoteAnswer, { ok: false }> {
  return { ok: false, failure: { code, message } }
}
