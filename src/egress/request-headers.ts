// The headers of a request of guest code: which are sent as they are, which are the host's, which make it no request.
import type { EgressRequestHead, HeaderPairs } from '../core/egress.ts'
import { groupDigits } from '../core/group-digits.ts'
import type { InjectedHeader } from '../core/network-policy.ts'

export const REQUEST_HEADER_BYTES = 32 * 1_024
const HEADERS_MAX = 256
const URL_CHARACTERS_MAX = 16 * 1_024

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/u
/** What a server takes for the end of a line, or of a text, is in no value. */
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/u
const SPACE = '\t\n\r '
const METHOD_CHARACTERS_MAX = 32
/** They open a way through a proxy, or make a server tell what it was sent. */
const REFUSED_METHODS = ['CONNECT', 'TRACE', 'TRACK']
const NORMAL_METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH']

/**
 * Those of one connection, and those that say where a message ends and for whom it is: the host writes them, or nobody. The
 * encoding of an answer is the host's too, which takes it off.
 */
const OWN = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
])
const OWN_PREFIX = /^(?:proxy-|sec-)/u

/** As they go on a hop: `identity` needs no word, and the others of this list are cheap to take off. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate'

export type CheckedRequest =
  | { readonly ok: true; readonly method: string; readonly url: URL; readonly headers: HeaderPairs }
  | { readonly ok: false; /** Goes on after "The request". */ readonly problem: string }

/** Everything about a request but whether it is allowed. Never throws. */
export function checkRequest(head: EgressRequestHead): CheckedRequest {
  const method = NORMAL_METHODS.find((one) => one === head.method.toUpperCase()) ?? head.method
  if (!TOKEN.test(method) || method.length > METHOD_CHARACTERS_MAX) return wrong('has a method that is no word')
  if (REFUSED_METHODS.includes(method.toUpperCase())) return wrong(`has the method ${method}, which is never made`)
  if (head.hasBody && (method === 'GET' || method === 'HEAD')) return wrong(`has a body, which ${method} has not`)
  if (head.url.length > URL_CHARACTERS_MAX) {
    return wrong(
      `has a URL of ${groupDigits(head.url.length)} characters; the limit is ${groupDigits(URL_CHARACTERS_MAX)}`,
    )
  }
  const url = URL.parse(head.url)
  if (url === null) return wrong('has a URL that is none')
  const problem = checkTarget(url)
  if (problem !== null) return wrong(problem)
  return checkHeaders(head.headers, method, url)
}

/** Of a URL and of where a redirect leads. Null, or what goes on after "The request". */
export function checkTarget({ protocol, username, password }: URL): string | null {
  if (protocol !== 'http:' && protocol !== 'https:') return 'is for a URL that is neither http nor https'
  return username === '' && password === '' ? null : 'has a URL with a user name or a password'
}

function checkHeaders(given: HeaderPairs, method: string, url: URL): CheckedRequest {
  if (given.length > HEADERS_MAX) return wrong(`has ${given.length} headers; the limit is ${HEADERS_MAX}`)
  let bytes = 0
  const headers: [string, string][] = []
  for (const [name, value] of given) {
    const trimmed = trim(value)
    if (!TOKEN.test(name)) return wrong('has a header whose name is no word')
    if (!VALUE.test(trimmed)) return wrong(`has a header '${name.slice(0, 64)}' with characters that no header has`)
    bytes += name.length + trimmed.length
    if (bytes > REQUEST_HEADER_BYTES) {
      return wrong(`has headers of more than the limit of ${groupDigits(REQUEST_HEADER_BYTES)} bytes`)
    }
    const lower = name.toLowerCase()
    if (!OWN.has(lower) && !OWN_PREFIX.test(lower)) headers.push([lower, trimmed])
  }
  return { ok: true, method, url, headers }
}

/** What goes to the host: the operator's headers in place of the guest's, and the service's own. Flat, as undici takes them. */
export function headersOfHop(
  headers: HeaderPairs,
  injected: readonly InjectedHeader[],
  bodyBytes: number | null,
): readonly string[] {
  const names = new Set(injected.map(({ name }) => name))
  const guests = headers.filter(([name]) => !names.has(name))
  const has = (name: string): boolean => guests.some(([one]) => one === name) || names.has(name)
  return [
    ...guests.flat(),
    ...injected.flatMap(({ name, value }) => [name, value]),
    ...(has('accept') ? [] : ['accept', '*/*']),
    ...(has('user-agent') ? [] : ['user-agent', 'worker-isolate']),
    'accept-encoding',
    // A part of what is compressed is nothing that can be unfolded.
    has('range') ? 'identity' : ACCEPTED_ENCODINGS,
    ...(bodyBytes === null ? [] : ['content-length', String(bodyBytes)]),
  ]
}

/** Whether an operator may have a header of this name and value put into requests. */
export function isInjectable({ name, value }: InjectedHeader): boolean {
  return TOKEN.test(name) && VALUE.test(value) && value.trim() !== '' && !OWN.has(name) && !name.startsWith('proxy-')
}

/** As the fetch standard has it: what it takes for space is less than what the language does. */
function trim(value: string): string {
  let [start, end] = [0, value.length]
  while (start < end && SPACE.includes(value[start] ?? '')) start++
  while (end > start && SPACE.includes(value[end - 1] ?? '')) end--
  return value.slice(start, end)
}

function wrong(problem: string): CheckedRequest {
  return { ok: false, problem }
}
