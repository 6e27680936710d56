// What assigning to a part of a URL does: the parser with a state override, in the words of the standard.
import { charCodeAt, stringSlice } from '../../intrinsics.ts'
import { digitsAtStart, portColon, setPort } from './authority.ts'
import { parseHost } from './host.ts'
import { encodeQuery, removeBreaks, schemeOf } from './parse.ts'
import { isSlash, noSegments, parseSegments } from './path.ts'
import { FRAGMENT_SET, percentEncode, USERINFO_SET } from './percent.ts'
import {
  cannotHaveCredentialsOrPort,
  hasCredentials,
  hasOpaquePath,
  isDefaultPort,
  isSpecial,
  isSpecialScheme,
} from './record.ts'
import type { UrlRecord } from './record.ts'

export function setScheme(url: UrlRecord, value: string): void {
  const scheme = schemeOf(`${removeBreaks(value)}:`)
  if (scheme === null || isSpecialScheme(scheme) !== isSpecial(url)) return
  if (scheme === 'file' && (hasCredentials(url) || url.port !== null)) return
  if (url.scheme === 'file' && url.host === '') return
  url.scheme = scheme
  if (isDefaultPort(scheme, url.port)) url.port = null
}

export function setUsername(url: UrlRecord, value: string): void {
  if (!cannotHaveCredentialsOrPort(url)) url.username = percentEncode(value, USERINFO_SET)
}

export function setPassword(url: UrlRecord, value: string): void {
  if (!cannotHaveCredentialsOrPort(url)) url.password = percentEncode(value, USERINFO_SET)
}

/** @param takesPort whether a port may follow, as in `host`; for `hostname` a colon is an error. */
export function setHost(url: UrlRecord, value: string, takesPort: boolean): void {
  if (hasOpaquePath(url)) return
  const special = isSpecial(url)
  const text = removeBreaks(value)
  let end = 0
  while (end < text.length && !endsHost(charCodeAt(text, end), special)) end++
  const server = stringSlice(text, 0, end)
  if (url.scheme === 'file') return setFileHost(url, server)
  const colon = portColon(server)
  if (colon !== -1 && (!takesPort || colon === 0)) return
  const name = colon === -1 ? server : stringSlice(server, 0, colon)
  if (name === '' && (special || hasCredentials(url) || url.port !== null)) return
  const host = parseHost(name, special)
  if (host === null) return
  url.host = host
  if (colon === -1) return
  const port = stringSlice(server, colon + 1)
  setPort(url, stringSlice(port, 0, digitsAtStart(port)))
}

const endsHost = (code: number, special: boolean): boolean => isSlash(code, special) || code === 0x3f || code === 0x23

function setFileHost(url: UrlRecord, name: string): void {
  if (name === '') {
    url.host = ''
    return
  }
  const host = parseHost(name, true)
  if (host !== null) url.host = host === 'localhost' ? '' : host
}

export function setPortText(url: UrlRecord, value: string): void {
  if (cannotHaveCredentialsOrPort(url)) return
  if (value === '') {
    url.port = null
    return
  }
  const text = removeBreaks(value)
  setPort(url, stringSlice(text, 0, digitsAtStart(text)))
}

export function setPath(url: UrlRecord, value: string): void {
  if (hasOpaquePath(url)) return
  const text = removeBreaks(value)
  const special = isSpecial(url)
  url.path = noSegments()
  if (text === '' && !special) {
    if (url.host === null) url.path[0] = ''
    return
  }
  parseSegments(url, text !== '' && isSlash(charCodeAt(text, 0), special) ? stringSlice(text, 1) : text)
}

export function setQuery(url: UrlRecord, value: string): void {
  url.query = value === '' ? null : encodeQuery(url, removeBreaks(withoutFirst(value, '?')))
}

export function setFragment(url: UrlRecord, value: string): void {
  url.fragment = value === '' ? null : percentEncode(removeBreaks(withoutFirst(value, '#')), FRAGMENT_SET)
}

const withoutFirst = (value: string, character: string): string =>
  value[0] === character ? stringSlice(value, 1) : value
