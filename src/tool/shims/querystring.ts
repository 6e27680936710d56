// `parse` of `node:querystring` in a bundle, and what it decodes with: the library's throws where text is not encoded right.

interface Library {
  readonly stringify: unknown
}

interface ParseOptions {
  readonly maxKeys?: number
  readonly decodeURIComponent?: (text: string) => string
}

type Parsed = Record<string, string | string[]>

const MAX_KEYS = 1_000
const ENCODED_BYTE = /%([\da-f]{2})/giu

/** What is no encoded byte stays as it is, and bytes that are no UTF-8 become the character that says so. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
    const decoded = bytes.replaceAll(ENCODED_BYTE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    return new TextDecoder().decode(Uint8Array.from(decoded, (character) => character.charCodeAt(0)))
  }
}

function decodeWith(decode: (text: string) => string, text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decode(spaced)
  } catch {
    return unescape(spaced)
  }
}

function parse(text: unknown, separator?: string, equals?: string, options: ParseOptions = {}): Parsed {
  const parsed = Object.create(null) as Parsed
  if (typeof text !== 'string' || text === '') return parsed
  const { maxKeys = MAX_KEYS, decodeURIComponent: decode = unescape } = options
  const [between, is] = [separator || '&', equals || '=']
  const pairs = text.split(between).filter((pair) => pair !== '')
  for (const pair of maxKeys > 0 ? pairs.slice(0, maxKeys) : pairs) {
    const at = pair.indexOf(is)
    const key = decodeWith(decode, at === -1 ? pair : pair.slice(0, at))
    const value = at === -1 ? '' : decodeWith(decode, pair.slice(at + is.length))
    const before = parsed[key]
    parsed[key] = before === undefined ? value : [before, value].flat()
  }
  return parsed
}

export const shim = (library: Library): object => ({ ...library, parse, decode: parse, unescape })
