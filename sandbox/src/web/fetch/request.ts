// Request.
import { isObject, regExpExec, stringSlice, stringToLowerCase, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toByteString, toDomString, toUsvString } from '../convert.ts'
import { parseAddress } from '../gateways.ts'
import type { Header } from '../header-list.ts'
import { headersOf, readHeaders } from '../headers.ts'
import { events } from '../host.ts'
import { needArguments, OWN_KEY, readOptions } from '../interface.ts'
import { createItems } from '../sequence.ts'
import type { Address } from '../url/url.ts'
import { mixInBody } from './body-mixin.ts'
import { cloneBody, extractBody, isUnusable, takeBody } from './body.ts'
import type { Body } from './body.ts'
import { addContentType, copyList, isNothing } from './response.ts'

export interface RequestState {
  readonly address: Address
  readonly method: string
  readonly list: Header[]
  readonly redirect: 'follow' | 'error' | 'manual'
  readonly mode: string
  readonly credentials: string
  readonly cache: string
  readonly referrer: string
  readonly referrerPolicy: string
  readonly integrity: string
  readonly isKeptAlive: boolean
  /** What aborts it, if anything was given. */
  readonly source: object | null
  readonly body: Body | null
}

let stateOf: (value: unknown) => RequestState
export let isRequest: (value: object) => boolean

export class Request {
  readonly #state: RequestState
  #headers: object | null = null
  #signal: object | null = null

  static {
    stateOf = (value) => (value as Request).#state
    isRequest = (value) => #state in value
  }

  constructor(input: unknown, init: unknown = undefined) {
    if (input === OWN_KEY) {
      this.#state = init as RequestState
      return
    }
    needArguments(arguments.length, 1, 'Request')
    this.#state = readRequest(input, init)
  }

  get method(): string {
    return this.#state.method
  }

  get url(): string {
    return this.#state.address.href
  }

  get headers(): object {
    return (this.#headers ??= headersOf(this.#state.list, false))
  }

  get destination(): string {
    return this.#state && ''
  }

  get referrer(): string {
    return this.#state.referrer
  }

  get referrerPolicy(): string {
    return this.#state.referrerPolicy
  }

  get mode(): string {
    return this.#state.mode
  }

  get credentials(): string {
    return this.#state.credentials
  }

  get cache(): string {
    return this.#state.cache
  }

  get redirect(): string {
    return this.#state.redirect
  }

  get integrity(): string {
    return this.#state.integrity
  }

  get keepalive(): boolean {
    return this.#state.isKeptAlive
  }

  get isReloadNavigation(): boolean {
    return this.#state && false
  }

  get isHistoryNavigation(): boolean {
    return this.#state && false
  }

  get signal(): object {
    const { source } = this.#state
    return (this.#signal ??= followerOf(source))
  }

  get duplex(): string {
    return this.#state && 'half'
  }

  clone(): Request {
    const state = this.#state
    const { body, list } = state
    if (body !== null && isUnusable(body)) {
      throw new TypeErrorIntrinsic('Request.clone: the body has been read already, or its stream is locked')
    }
    const copied = { ...state, __proto__: null, list: copyList(list), body: body === null ? null : cloneBody(body) }
    return new Request(OWN_KEY, copied)
  }
}

/** Called once, before the class gets its shape. */
export function addRequestBody(): void {
  mixInBody(Request.prototype, stateOf)
}

/** What the standard calls a dependent signal; nothing ever aborts one that follows nothing. */
function followerOf(source: object | null): object {
  const { createDependent } = events()
  const sources = createItems<object>()
  if (source !== null) sources[0] = source
  return createDependent(sources)
}

interface Init {
  readonly body?: unknown
  readonly cache?: unknown
  readonly credentials?: unknown
  readonly duplex?: unknown
  readonly headers?: unknown
  readonly integrity?: unknown
  readonly keepalive?: unknown
  readonly method?: unknown
  readonly mode?: unknown
  readonly priority?: unknown
  readonly redirect?: unknown
  readonly referrer?: unknown
  readonly referrerPolicy?: unknown
  readonly signal?: unknown
  readonly window?: unknown
}

/** What `new Request` makes of its arguments, of which it reads each member once. */
export function readRequest(input: unknown, init: unknown): RequestState {
  const given = isObject(input) && isRequest(input) ? stateOf(input) : null
  const text = given === null ? toUsvString(input) : ''
  const options = readInit(init)
  const address = given === null ? checkAddress(text) : given.address
  const { method, headers, body: newBody } = options
  const verb = method === undefined ? (given?.method ?? 'GET') : method
  const list = headers ?? (given === null ? createItems<Header>() : copyList(given.list))
  const oldBody = given?.body ?? null
  if ((newBody !== null || oldBody !== null) && (verb === 'GET' || verb === 'HEAD')) {
    throw new TypeErrorIntrinsic(`Request: a request with method ${verb} has no body`)
  }
  let body: Body | null = null
  if (newBody !== null) {
    const extracted = extractBody(newBody)
    body = extracted.body
    if (body.content === null && !options.isHalfDuplex) {
      throw new TypeErrorIntrinsic("Request: with a stream as body, duplex must be 'half'")
    }
    addContentType(list, extracted.type)
  } else if (oldBody !== null) body = takeUnread(oldBody)
  return {
    __proto__: null,
    address,
    method: verb,
    list,
    redirect: options.redirect ?? given?.redirect ?? 'follow',
    mode: options.mode ?? given?.mode ?? 'cors',
    credentials: options.credentials ?? given?.credentials ?? 'same-origin',
    cache: options.cache ?? given?.cache ?? 'default',
    referrer: options.referrer ?? given?.referrer ?? 'about:client',
    referrerPolicy: options.referrerPolicy ?? given?.referrerPolicy ?? '',
    integrity: options.integrity ?? given?.integrity ?? '',
    isKeptAlive: options.isKeptAlive ?? given?.isKeptAlive ?? false,
    source: options.signal === undefined ? (given?.source ?? null) : options.signal,
    body,
  } as RequestState
}

/** The body of a request that another is made of goes over to that one. */
function takeUnread(body: Body): Body {
  if (isUnusable(body)) throw new TypeErrorIntrinsic('Request: the body has been read already, or its stream is locked')
  return takeBody(body)
}

function checkAddress(text: string): Address {
  const address = parseAddress(text)
  const quoted = stringSlice(text, 0, 100)
  if (address === null) throw new TypeErrorIntrinsic(`Request: '${quoted}' is no absolute URL`)
  if (address.hasCredentials) throw new TypeErrorIntrinsic('Request: the URL must have no credentials')
  return address
}

interface ReadInit {
  readonly body: unknown
  readonly cache: string | undefined
  readonly credentials: string | undefined
  readonly isHalfDuplex: boolean
  readonly headers: Header[] | undefined
  readonly integrity: string | undefined
  readonly isKeptAlive: boolean | undefined
  readonly method: string | undefined
  readonly mode: string | undefined
  readonly redirect: string | undefined
  readonly referrer: string | undefined
  readonly referrerPolicy: string | undefined
  readonly signal: object | null | undefined
}

/** In the order of Web IDL, which is that of the alphabet. */
function readInit(init: unknown): ReadInit {
  const options = readOptions(init, 'Request') as Init
  const { body = null } = options
  const cache = oneOf('cache', options.cache)
  const credentials = oneOf('credentials', options.credentials)
  const isHalfDuplex = oneOf('duplex', options.duplex) !== undefined
  const { headers: givenHeaders } = options
  const headers = givenHeaders === undefined ? undefined : readHeaders(givenHeaders)
  const { integrity, keepalive, method } = options
  const verb = method === undefined ? undefined : toMethod(method)
  const mode = oneOf('mode', options.mode)
  oneOf('priority', options.priority)
  const redirect = oneOf('redirect', options.redirect)
  const { referrer } = options
  const referrerPolicy = oneOf('referrerPolicy', options.referrerPolicy)
  const { signal, window } = options
  if (!isNothing(window)) throw new TypeErrorIntrinsic('Request: window can only be null')
  if (mode === 'navigate') throw new TypeErrorIntrinsic("Request: mode cannot be 'navigate'")
  if (cache === 'only-if-cached' && mode !== 'same-origin') {
    throw new TypeErrorIntrinsic("Request: with cache 'only-if-cached', mode must be 'same-origin'")
  }
  return {
    __proto__: null,
    body: body === undefined ? null : body,
    cache,
    credentials,
    isHalfDuplex,
    headers,
    integrity: integrity === undefined ? undefined : toDomString(integrity),
    isKeptAlive: keepalive === undefined ? undefined : !!keepalive,
    method: verb,
    mode,
    redirect,
    referrer: referrer === undefined ? undefined : toReferrer(referrer),
    referrerPolicy,
    signal: toSignal(signal),
  } as ReadInit
}

/** What each option may be. */
const CHOICES = {
  __proto__: null,
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  credentials: ['omit', 'same-origin', 'include'],
  duplex: ['half'],
  mode: ['cors', 'no-cors', 'same-origin', 'navigate'],
  priority: ['high', 'low', 'auto'],
  redirect: ['follow', 'error', 'manual'],
  referrerPolicy: [
    '',
    'no-referrer',
    'no-referrer-when-downgrade',
    'same-origin',
    'origin',
    'strict-origin',
    'origin-when-cross-origin',
    'strict-origin-when-cross-origin',
    'unsafe-url',
  ],
} as unknown as Readonly<Record<string, readonly string[]>>

function oneOf(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  const text = toDomString(value)
  const choices = CHOICES[option] as readonly string[]
  for (let index = 0; index < choices.length; index++) if (choices[index] === text) return text
  throw new TypeErrorIntrinsic(`Request: '${stringSlice(text, 0, 40)}' is nothing that ${option} can be`)
}

/** Common methods in upper case. */
function toMethod(value: unknown): string {
  const method = toByteString(value, 'Request: the method')
  if (regExpExec(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, method) === null) {
    throw new TypeErrorIntrinsic(`Request: '${stringSlice(method, 0, 40)}' is no method`)
  }
  const known = METHODS[stringToLowerCase(method)]
  if (known === null) throw new TypeErrorIntrinsic(`Request: the method ${method} is forbidden`)
  return known === undefined ? method : known
}

const METHODS = {
  __proto__: null,
  delete: 'DELETE',
  get: 'GET',
  head: 'HEAD',
  options: 'OPTIONS',
  post: 'POST',
  put: 'PUT',
  connect: null,
  trace: null,
  track: null,
} as unknown as Readonly<Record<string, string | null | undefined>>

function toReferrer(value: unknown): string {
  const text = toUsvString(value)
  if (text === '') return ''
  const address = parseAddress(text)
  if (address === null) throw new TypeErrorIntrinsic('Request: the referrer is no absolute URL')
  // Code here has no origin of its own that another page could be of.
  return 'about:client'
}

/** Undefined when nothing is said of it. */
function toSignal(value: unknown): object | null | undefined {
  if (isNothing(value)) return value
  const { signalStateOf } = events()
  if (signalStateOf(value) === undefined) throw new TypeErrorIntrinsic('Request: signal must be an AbortSignal')
  return value
}
