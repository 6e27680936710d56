// The URL parser. It takes a text apart from its ends, which comes to the same as the state machine of the standard:
// the first `#` ends everything before the fragment, and the first `?` before that everything before the query.
import { charCodeAt, regExpExec, stringIndexOf, stringSlice, stringToLowerCase } from '../../intrinsics.ts'
import { parseAuthority } from './authority.ts'
import { parseHost } from './host.ts'
import {
  isDriveLetter,
  isSlash,
  keepDrive,
  noSegments,
  parsePathStart,
  parseSegments,
  shorten,
  startsWithDriveLetter,
} from './path.ts'
import { CONTROL_SET, FRAGMENT_SET, percentEncode, QUERY_SET, SPECIAL_QUERY_SET } from './percent.ts'
import { copySegments, createRecord, hasOpaquePath, isSpecial, isSpecialScheme } from './record.ts'
import type { UrlRecord } from './record.ts'

/** Null for what is no URL. Lone surrogates have been replaced. */
export function parseUrl(input: string, base: UrlRecord | null): UrlRecord | null {
  const text = removeBreaks(trimControls(input))
  const hash = stringIndexOf(text, '#')
  const beforeFragment = hash === -1 ? text : stringSlice(text, 0, hash)
  const mark = stringIndexOf(beforeFragment, '?')
  const beforeQuery = mark === -1 ? beforeFragment : stringSlice(beforeFragment, 0, mark)
  const query = mark === -1 ? null : stringSlice(beforeFragment, mark + 1)
  const isEmpty = text === ''
  const url =
    isEmpty && base !== null && hasOpaquePath(base)
      ? null
      : parseRest(beforeQuery, query, base, query !== null || hash !== -1)
  if (url === null) return null
  if (query !== null) url.query = encodeQuery(url, query)
  if (hash !== -1) url.fragment = percentEncode(stringSlice(text, hash + 1), FRAGMENT_SET)
  return url
}

export function encodeQuery(url: UrlRecord, query: string): string {
  return percentEncode(query, isSpecial(url) ? SPECIAL_QUERY_SET : QUERY_SET)
}

function trimControls(text: string): string {
  let from = 0
  let end = text.length
  while (from < end && charCodeAt(text, from) <= 0x20) from++
  while (end > from && charCodeAt(text, end - 1) <= 0x20) end--
  return from === 0 && end === text.length ? text : stringSlice(text, from, end)
}

/** Without tabs and line ends. */
export function removeBreaks(text: string): string {
  if (regExpExec(/[\t\n\r]/, text) === null) return text
  let kept = ''
  let from = 0
  for (let index = 0; index <= text.length; index++) {
    const code = index === text.length ? 0x0a : charCodeAt(text, index)
    if (code !== 0x09 && code !== 0x0a && code !== 0x0d) continue
    if (from < index) kept += stringSlice(text, from, index)
    from = index + 1
  }
  return kept
}

/** The scheme in lower case; null for a text that begins with none. */
export function schemeOf(text: string): string | null {
  const colon = stringIndexOf(text, ':')
  if (colon === -1) return null
  const scheme = stringSlice(text, 0, colon)
  return regExpExec(/^[a-z][a-z0-9+.-]*$/i, scheme) === null ? null : stringToLowerCase(scheme)
}

function parseRest(text: string, query: string | null, base: UrlRecord | null, hasMore: boolean): UrlRecord | null {
  const scheme = schemeOf(text)
  if (scheme === null) return parseWithoutScheme(text, query, base)
  const rest = stringSlice(text, scheme.length + 1)
  const url = createRecord(scheme)
  if (scheme === 'file') return parseFile(url, rest, query, base !== null && base.scheme === 'file' ? base : null)
  if (isSpecialScheme(scheme)) {
    const isRelative = base !== null && base.scheme === scheme && regExpExec(/^\/\//, rest) === null
    return isRelative ? parseRelative(rest, query, base) : parseAuthority(url, skipSlashes(rest))
  }
  if (rest[0] === '/') return rest[1] === '/' ? parseAuthority(url, stringSlice(rest, 2)) : withPath(url, rest)
  url.path = encodeOpaque(rest, hasMore)
  return url
}

/** A space at the end would be trimmed when the URL is parsed again, were it not for what follows. */
function encodeOpaque(text: string, hasMore: boolean): string {
  const encoded = percentEncode(text, CONTROL_SET)
  return hasMore && encoded[encoded.length - 1] === ' ' ? `${stringSlice(encoded, 0, -1)}%20` : encoded
}

function withPath(url: UrlRecord, text: string): UrlRecord {
  parsePathStart(url, text)
  return url
}

function skipSlashes(text: string): string {
  let from = 0
  while (from < text.length && isSlash(charCodeAt(text, from), true)) from++
  return stringSlice(text, from)
}

function parseWithoutScheme(text: string, query: string | null, base: UrlRecord | null): UrlRecord | null {
  if (base === null) return null
  if (hasOpaquePath(base)) return text === '' && query === null ? copyAll(base) : null
  if (base.scheme === 'file') return parseFile(createRecord('file'), text, query, base)
  return parseRelative(text, query, base)
}

/** Everything but the fragment. */
function copyAll(base: UrlRecord): UrlRecord {
  const url = copyAuthority(base)
  url.path = copySegments(base.path)
  url.query = base.query
  return url
}

function copyAuthority(base: UrlRecord): UrlRecord {
  const url = createRecord(base.scheme)
  url.username = base.username
  url.password = base.password
  url.host = base.host
  url.port = base.port
  return url
}

function parseRelative(text: string, query: string | null, base: UrlRecord): UrlRecord | null {
  const special = isSpecial(base)
  const first = text === '' ? -1 : charCodeAt(text, 0)
  if (isSlash(first, special)) {
    const second = text.length > 1 ? charCodeAt(text, 1) : -1
    if (isSlash(second, special)) {
      const rest = stringSlice(text, 2)
      return parseAuthority(createRecord(base.scheme), special ? skipSlashes(rest) : rest)
    }
    return withPath(copyAuthority(base), text)
  }
  const url = copyAll(base)
  if (text === '') {
    if (query !== null) url.query = null
    return url
  }
  url.query = null
  shorten(url)
  parseSegments(url, text)
  return url
}

function parseFile(url: UrlRecord, text: string, query: string | null, base: UrlRecord | null): UrlRecord | null {
  url.host = ''
  if (text !== '' && isSlash(charCodeAt(text, 0), true)) {
    if (text.length > 1 && isSlash(charCodeAt(text, 1), true)) return parseFileHost(url, stringSlice(text, 2))
    const rest = stringSlice(text, 1)
    if (base !== null) {
      url.host = base.host
      if (!startsWithDriveLetter(rest)) keepDrive(url, base)
    }
    parseSegments(url, rest)
    return url
  }
  if (base === null) {
    parseSegments(url, text)
    return url
  }
  url.host = base.host
  url.path = copySegments(base.path)
  if (text === '') {
    url.query = query === null ? base.query : null
    return url
  }
  if (startsWithDriveLetter(text)) url.path = noSegments()
  else shorten(url)
  parseSegments(url, text)
  return url
}

function parseFileHost(url: UrlRecord, text: string): UrlRecord | null {
  let end = 0
  while (end < text.length && !isSlash(charCodeAt(text, end), true)) end++
  const name = stringSlice(text, 0, end)
  if (isDriveLetter(name)) {
    parseSegments(url, text)
    return url
  }
  if (name !== '') {
    const host = parseHost(name, true)
    if (host === null) return null
    url.host = host === 'localhost' ? '' : host
  }
  return withPath(url, stringSlice(text, end))
}
