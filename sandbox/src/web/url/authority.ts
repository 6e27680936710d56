// Credentials, host and port of a URL.
import { charCodeAt, stringIndexOf, stringLastIndexOf, stringSlice } from '../../intrinsics.ts'
import { parseHost } from './host.ts'
import { isSlash, parsePathStart } from './path.ts'
import { percentEncode, USERINFO_SET } from './percent.ts'
import { isDefaultPort, isSpecial } from './record.ts'
import type { UrlRecord } from './record.ts'

const MAX_PORT = 65_535

/** `text` is what follows the slashes, up to the query. Null when it is none. */
export function parseAuthority(url: UrlRecord, text: string): UrlRecord | null {
  const special = isSpecial(url)
  const end = endOfAuthority(text, special)
  const authority = stringSlice(text, 0, end)
  const at = stringLastIndexOf(authority, '@')
  if (at !== -1) {
    setCredentials(url, stringSlice(authority, 0, at))
    if (at === authority.length - 1) return null
  }
  const server = stringSlice(authority, at + 1)
  const colon = portColon(server)
  const name = colon === -1 ? server : stringSlice(server, 0, colon)
  if (name === '' && (special || colon !== -1)) return null
  const host = parseHost(name, special)
  if (host === null) return null
  url.host = host
  if (colon !== -1) {
    const digits = stringSlice(server, colon + 1)
    if (digitsAtStart(digits) !== digits.length || !setPort(url, digits)) return null
  }
  parsePathStart(url, stringSlice(text, end))
  return url
}

export function endOfAuthority(text: string, special: boolean): number {
  let end = 0
  while (end < text.length && !isSlash(charCodeAt(text, end), special)) end++
  return end
}

/** Where the port begins; a colon in brackets is one of an address. */
export function portColon(server: string): number {
  let isInBrackets = false
  for (let index = 0; index < server.length; index++) {
    const code = charCodeAt(server, index)
    if (code === 0x5b) isInBrackets = true
    else if (code === 0x5d) isInBrackets = false
    else if (code === 0x3a && !isInBrackets) return index
  }
  return -1
}

function setCredentials(url: UrlRecord, text: string): void {
  const colon = stringIndexOf(text, ':')
  url.username = percentEncode(colon === -1 ? text : stringSlice(text, 0, colon), USERINFO_SET)
  url.password = colon === -1 ? '' : percentEncode(stringSlice(text, colon + 1), USERINFO_SET)
}

export function digitsAtStart(text: string): number {
  let count = 0
  while (count < text.length && isDigit(charCodeAt(text, count))) count++
  return count
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** False for a number that is no port; nothing is none. */
export function setPort(url: UrlRecord, digits: string): boolean {
  if (digits === '') return true
  let port = 0
  for (let index = 0; index < digits.length; index++) {
    port = port * 10 + charCodeAt(digits, index) - 0x30
    if (port > MAX_PORT) return false
  }
  url.port = isDefaultPort(url.scheme, port) ? null : port
  return true
}
