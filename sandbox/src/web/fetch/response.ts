// Response.
import { RangeErrorIntrinsic, regExpExec, stringSlice, toNumber, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toByteString, toUsvString } from '../convert.ts'
import { parseAddress } from '../gateways.ts'
import { header } from '../header-list.ts'
import type { Header } from '../header-list.ts'
import { headersOf, readHeaders } from '../headers.ts'
import { needArguments, OWN_KEY, readOptions } from '../interface.ts'
import { findNamed } from '../named-list.ts'
import { createItems } from '../sequence.ts'
import { mixInBody } from './body-mixin.ts'
import { cloneBody, createBody, extractBody, isUnusable } from './body.ts'
import type { Body, ExtractedBody } from './body.ts'
import { encodeJson } from './encode-json.ts'

export interface ResponseState {
  readonly type: 'default' | 'basic' | 'error' | 'opaqueredirect'
  readonly url: string
  readonly isRedirected: boolean
  readonly status: number
  readonly statusText: string
  readonly list: Header[]
  readonly isImmutable: boolean
  body: Body | null
}

let stateOf: (value: unknown) => ResponseState
export let isResponse: (value: object) => boolean

export class Response {
  readonly #state: ResponseState
  #headers: object | null = null

  static {
    stateOf = (value) => (value as Response).#state
    isResponse = (value) => #state in value
  }

  constructor(body: unknown = null, init: unknown = undefined) {
    this.#state =
      body === OWN_KEY ? (init as ResponseState) : initialize(init, () => (isNothing(body) ? null : extractBody(body)))
  }

  static error(): Response {
    return new Response(OWN_KEY, createState('error', 0, '', createItems(), null, true))
  }

  static json(data: unknown, init: unknown = undefined): Response {
    needArguments(arguments.length, 1, 'Response.json')
    const text = encodeJson(data)
    const extracted = { __proto__: null, body: createBody(text), type: 'application/json' } as ExtractedBody
    return new Response(
      OWN_KEY,
      initialize(init, () => extracted),
    )
  }

  static redirect(url: unknown, status: unknown = 302): Response {
    needArguments(arguments.length, 1, 'Response.redirect')
    const text = toUsvString(url)
    const code = toShort(status)
    const address = parseAddress(text)
    if (address === null) throw new TypeErrorIntrinsic(`Response.redirect: '${stringSlice(text, 0, 100)}' is no URL`)
    if (!isRedirect(code)) {
      throw new RangeErrorIntrinsic(`Response.redirect: the status must be 301, 302, 303, 307 or 308, and not ${code}`)
    }
    const list = createItems<Header>()
    list[0] = header('location', address.href)
    return new Response(OWN_KEY, createState('default', code, '', list, null, true))
  }

  get type(): string {
    return this.#state.type
  }

  get url(): string {
    return this.#state.url
  }

  get redirected(): boolean {
    return this.#state.isRedirected
  }

  get status(): number {
    return this.#state.status
  }

  get ok(): boolean {
    const { status } = this.#state
    return status >= 200 && status <= 299
  }

  get statusText(): string {
    return this.#state.statusText
  }

  get headers(): object {
    const { list, isImmutable } = this.#state
    return (this.#headers ??= headersOf(list, isImmutable))
  }

  clone(): Response {
    const state = this.#state
    const { body, list } = state
    if (body !== null && isUnusable(body)) {
      throw new TypeErrorIntrinsic('Response.clone: the body has been read already, or its stream is locked')
    }
    const copied = { ...state, __proto__: null, list: copyList(list), body: body === null ? null : cloneBody(body) }
    return new Response(OWN_KEY, copied)
  }
}

/** Called once, before the class gets its shape. */
export function addResponseBody(): void {
  mixInBody(Response.prototype, stateOf)
}

export function createResponse(state: ResponseState): object {
  return new Response(OWN_KEY, state)
}

export function createState(
  type: ResponseState['type'],
  status: number,
  statusText: string,
  list: Header[],
  body: Body | null,
  isImmutable: boolean,
): ResponseState {
  return {
    __proto__: null,
    type,
    url: '',
    isRedirected: false,
    status,
    statusText,
    list,
    isImmutable,
    body,
  } as ResponseState
}

export const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined

export function copyList(list: readonly Header[]): Header[] {
  const copy = createItems<Header>()
  for (let index = 0; index < list.length; index++) {
    const { name, value } = list[index] as Header
    copy[index] = header(name, value)
  }
  return copy
}

/** Options are read before the body, as Web IDL has it. */
function initialize(init: unknown, extract: () => ExtractedBody | null): ResponseState {
  const options = readOptions(init, 'Response') as { headers?: unknown; status?: unknown; statusText?: unknown }
  const { headers } = options
  const given = headers === undefined ? createItems<Header>() : readHeaders(headers)
  const { status: wantedStatus } = options
  const status = wantedStatus === undefined ? 200 : toShort(wantedStatus)
  const { statusText: wantedText } = options
  const statusText = wantedText === undefined ? '' : toByteString(wantedText, 'Response: the status text')
  const extracted = extract()
  if (status < 200 || status > 599) {
    throw new RangeErrorIntrinsic(`Response: the status must be from 200 to 599, and not ${status}`)
  }
  if (regExpExec(/[^\t -~\x80-\xff]/, statusText) !== null) {
    throw new TypeErrorIntrinsic('Response: the status text must be one line without control characters')
  }
  if (extracted === null) return createState('default', status, statusText, given, null, false)
  if (status === 204 || status === 205 || status === 304) {
    throw new TypeErrorIntrinsic(`Response: an answer with status ${status} has no body`)
  }
  addContentType(given, extracted.type)
  return createState('default', status, statusText, given, extracted.body, false)
}

export function addContentType(list: Header[], type: string): void {
  if (type !== '' && findNamed(list, 'content-type') === undefined) list[list.length] = header('content-type', type)
}

export const isRedirect = (status: number): boolean =>
  status === 301 || status === 302 || status === 303 || status === 307 || status === 308

/** A number as Web IDL makes an `unsigned short` of it. */
function toShort(value: unknown): number {
  if (typeof value === 'bigint') throw new TypeErrorIntrinsic('Cannot convert a BigInt value to a number')
  // Also a symbol throws here, as it does for every number.
  return (toNumber(value) >>> 0) & 0xffff
}
