// Paths of URLs.
import { charCodeAt, regExpExec, stringIndexOf, stringSlice } from '../../intrinsics.ts'
import { createItems } from '../sequence.ts'
import { PATH_SET, percentEncode } from './percent.ts'
import { isSpecial } from './record.ts'
import type { UrlRecord } from './record.ts'

const SINGLE_DOT = /^(?:\.|%2e)$/i
const DOUBLE_DOT = /^(?:\.|%2e)(?:\.|%2e)$/i
const MAX_DOTS_CHARACTERS = 6

/** `C:` or `C|`. */
export const isDriveLetter = (text: string): boolean => text.length === 2 && startsWithDriveLetter(text)

/** Such a letter at the end of the text or before a slash. */
export function startsWithDriveLetter(text: string): boolean {
  return regExpExec(/^[a-z][:|](?:$|[/\\?#])/i, text) !== null
}

const isNormalDriveLetter = (text: string): boolean => regExpExec(/^[a-z]:$/i, text) !== null

export const isSlash = (code: number, special: boolean): boolean => code === 0x2f || (special && code === 0x5c)

/** One segment less; the drive of a file stays. */
export function shorten(url: UrlRecord): void {
  const { path } = url
  if (typeof path === 'string') return
  if (url.scheme === 'file' && path.length === 1 && isNormalDriveLetter(path[0] as string)) return
  if (path.length > 0) path.length -= 1
}

/** The drive of the base, for a path that begins at the root. */
export function keepDrive(url: UrlRecord, base: UrlRecord): void {
  const { path } = base
  const first = typeof path === 'string' ? undefined : path[0]
  if (first !== undefined && isNormalDriveLetter(first) && typeof url.path !== 'string')
    url.path[url.path.length] = first
}

/** `text` is what follows the authority: one slash at its beginning belongs to no segment. */
export function parsePathStart(url: UrlRecord, text: string): void {
  const special = isSpecial(url)
  if (text === '' && !special) return
  parseSegments(url, text !== '' && isSlash(charCodeAt(text, 0), special) ? stringSlice(text, 1) : text)
}

/** Adds the segments of a text, of which the first begins at its beginning. */
export function parseSegments(url: UrlRecord, text: string): void {
  const special = isSpecial(url)
  const { length } = text
  let from = 0
  while (from <= length) {
    const end = endOfSegment(text, from, special)
    addSegment(url, stringSlice(text, from, end), end === length)
    from = end + 1
  }
}

function endOfSegment(text: string, from: number, special: boolean): number {
  if (!special) {
    const slash = stringIndexOf(text, '/', from)
    return slash === -1 ? text.length : slash
  }
  let index = from
  while (index < text.length && !isSlash(charCodeAt(text, index), true)) index++
  return index
}

function addSegment(url: UrlRecord, raw: string, isLast: boolean): void {
  const path = url.path as string[]
  const isShort = raw.length <= MAX_DOTS_CHARACTERS
  if (isShort && regExpExec(DOUBLE_DOT, raw) !== null) {
    shorten(url)
    if (isLast) path[path.length] = ''
  } else if (isShort && regExpExec(SINGLE_DOT, raw) !== null) {
    if (isLast) path[path.length] = ''
  } else {
    const isDrive = url.scheme === 'file' && path.length === 0 && isDriveLetter(raw)
    path[path.length] = isDrive ? `${raw[0] as string}:` : percentEncode(raw, PATH_SET)
  }
}

export const noSegments = (): string[] => createItems<string>()
