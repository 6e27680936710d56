// URL.
import { stringSlice, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toUsvString } from '../convert.ts'
import { addBodySource } from '../fetch/body-sources.ts'
import type { BodySource } from '../fetch/body-sources.ts'
import type { BlobContent } from '../files/blob-content.ts'
import { defineHidden, needArguments, OWN_KEY, shapeInterface } from '../interface.ts'
import { makeIterable } from '../pair-iterators.ts'
import { addPlatformObjects } from '../platform-objects.ts'
import { parseFormText } from './form-text.ts'
import { createObjectUrl, findObjectUrl, revokeObjectUrl } from './object-urls.ts'
import { parseUrl } from './parse.ts'
import { hasCredentials, serializeHost, serializeOrigin, serializePath, serializeUrl } from './record.ts'
import type { UrlRecord } from './record.ts'
import { createLinked, isSearchParams, replaceList, searchText, URLSearchParams } from './search-params.ts'
import { setFragment, setHost, setPassword, setPath, setPortText, setQuery, setScheme, setUsername } from './setters.ts'

export function createUrlGlobals(): object {
  shapeInterface(URL, 'URL')
  shapeInterface(URLSearchParams, 'URLSearchParams')
  makeIterable(URLSearchParams.prototype)
  addPlatformObjects((value) => (isUrl(value) || isSearchParams(value) ? null : undefined))
  addBodySource((value) => {
    if (!isSearchParams(value)) return undefined
    const type = 'application/x-www-form-urlencoded;charset=UTF-8'
    return { __proto__: null, content: searchText(value as URLSearchParams), type } as BodySource
  })
  return { __proto__: null, URL, URLSearchParams }
}

/** What requests need to know of a URL. */
export interface Address {
  readonly href: string
  /** Without the fragment. */
  readonly target: string
  readonly scheme: string
  readonly hasCredentials: boolean
  /** What a URL of a blob leads to at the moment of asking, also when it is revoked later. */
  readonly blob: BlobContent | null
}

/** Null for what is no absolute URL. */
export function readAddress(text: string): Address | null {
  const record = parseUrl(text, null)
  if (record === null) return null
  const href = serializeUrl(record)
  const { scheme, fragment } = record
  const target = fragment === null ? href : stringSlice(href, 0, href.length - fragment.length - 1)
  const blob = scheme === 'blob' ? findObjectUrl(target) : null
  return { __proto__: null, href, target, scheme, hasCredentials: hasCredentials(record), blob } as Address
}

/** Of a text, and of the text that it is relative to; null when there is none. */
function parseWithBase(url: string, base: string | undefined): UrlRecord | null {
  if (base === undefined) return parseUrl(url, null)
  const parsedBase = parseUrl(base, null)
  return parsedBase === null ? null : parseUrl(url, parsedBase)
}

let isUrl: (value: object) => boolean
/** After the query has changed by itself. */
let refresh: (url: URL) => void

class URL {
  #record: UrlRecord
  #params: URLSearchParams | null = null

  static {
    isUrl = (value) => #record in value
    refresh = (url) => {
      if (url.#params !== null) replaceList(url.#params, parseFormText(url.#record.query ?? ''))
    }
  }

  constructor(url: unknown, base: unknown = undefined) {
    if (url === OWN_KEY) {
      this.#record = base as UrlRecord
      return
    }
    needArguments(arguments.length, 1, 'URL')
    const text = toUsvString(url)
    const record = parseWithBase(text, base === undefined ? undefined : toUsvString(base))
    if (record === null) throw invalid(text)
    this.#record = record
  }

  static canParse(url: unknown, base: unknown = undefined): boolean {
    needArguments(arguments.length, 1, 'URL.canParse')
    return parseWithBase(toUsvString(url), base === undefined ? undefined : toUsvString(base)) !== null
  }

  static parse(url: unknown, base: unknown = undefined): URL | null {
    needArguments(arguments.length, 1, 'URL.parse')
    const record = parseWithBase(toUsvString(url), base === undefined ? undefined : toUsvString(base))
    return record === null ? null : new URL(OWN_KEY, record)
  }

  static createObjectURL(object: unknown): string {
    needArguments(arguments.length, 1, 'URL.createObjectURL')
    return createObjectUrl(object)
  }

  static revokeObjectURL(url: unknown): void {
    needArguments(arguments.length, 1, 'URL.revokeObjectURL')
    const record = parseUrl(toUsvString(url), null)
    if (record !== null) revokeObjectUrl(serializeUrl(record))
  }

  get href(): string {
    return serializeUrl(this.#record)
  }

  set href(value: unknown) {
    const text = toUsvString(value)
    const record = this.#record && parseUrl(text, null)
    if (record === null) throw invalid(text)
    this.#record = record
    refresh(this)
  }

  get origin(): string {
    return serializeOrigin(this.#record, (text) => parseUrl(text, null))
  }

  get protocol(): string {
    return `${this.#record.scheme}:`
  }

  set protocol(value: unknown) {
    setScheme(this.#record, toUsvString(value))
  }

  get username(): string {
    return this.#record.username
  }

  set username(value: unknown) {
    setUsername(this.#record, toUsvString(value))
  }

  get password(): string {
    return this.#record.password
  }

  set password(value: unknown) {
    setPassword(this.#record, toUsvString(value))
  }

  get host(): string {
    return serializeHost(this.#record)
  }

  set host(value: unknown) {
    setHost(this.#record, toUsvString(value), true)
  }

  get hostname(): string {
    return this.#record.host ?? ''
  }

  set hostname(value: unknown) {
    setHost(this.#record, toUsvString(value), false)
  }

  get port(): string {
    const { port } = this.#record
    return port === null ? '' : `${port}`
  }

  set port(value: unknown) {
    setPortText(this.#record, toUsvString(value))
  }

  get pathname(): string {
    return serializePath(this.#record)
  }

  set pathname(value: unknown) {
    setPath(this.#record, toUsvString(value))
  }

  get search(): string {
    const { query } = this.#record
    return query === null || query === '' ? '' : `?${query}`
  }

  set search(value: unknown) {
    setQuery(this.#record, toUsvString(value))
    refresh(this)
  }

  get searchParams(): URLSearchParams {
    const record = this.#record
    this.#params ??= createLinked(parseFormText(record.query ?? ''), (text) => {
      this.#record.query = text === '' ? null : text
    })
    return this.#params
  }

  get hash(): string {
    const { fragment } = this.#record
    return fragment === null || fragment === '' ? '' : `#${fragment}`
  }

  set hash(value: unknown) {
    setFragment(this.#record, toUsvString(value))
  }

  toString(): string {
    return serializeUrl(this.#record)
  }

  toJSON(): string {
    return serializeUrl(this.#record)
  }
}

const MAX_SHOWN_CHARACTERS = 200

function invalid(text: string): Error {
  const shown = text.length > MAX_SHOWN_CHARACTERS ? `${stringSlice(text, 0, MAX_SHOWN_CHARACTERS)}…` : text
  const error = new TypeErrorIntrinsic(`Invalid URL: '${shown}'`)
  defineHidden(error, 'code', 'ERR_INVALID_URL')
  return error
}
