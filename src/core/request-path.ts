// Patterns of paths, and whether the path of a request is one of them: also when a server might read it in another way.

/** Segments after the first slash; `*` is one segment that is not empty, `**` at the end is all that follows. */
export interface PathPattern {
  readonly text: string
  readonly segments: readonly string[]
  readonly hasRest: boolean
}

/** `unclear`: what servers read differently, so that nobody can say which path it is. */
export type PathMatch = 'yes' | 'no' | 'unclear'

const PATTERN = /^(?:\/[^\s/?#\\*%]*|\/\*{1,2}(?=\/|$))+$/u
const ESCAPE = /%[0-9a-f]{2}/giu
const UNRESERVED = /^[\w.~-]$/u
/**
 * Dots and slashes that only some servers see: encoded ones, encodings of encodings, a backslash, an empty segment, and the
 * parameters of a segment of dots.
 */
const UNCLEAR = /%(?:2f|5c|25|00)|\\|\/\/|\/\.{1,2}(?:;|\/|$)/iu

/** Null for what is none: `**` stands at the end only, and `*` for a whole segment. */
export function parsePathPattern(text: string): PathPattern | null {
  if (!PATTERN.test(text)) return null
  // As a URL has it, so that letters which a URL encodes are compared in one form.
  const url = URL.parse(text, 'http://a')
  if (url === null) return null
  const segments = plain(url.pathname).slice(1).split('/')
  const hasRest = segments.at(-1) === '**'
  const before = hasRest ? segments.slice(0, -1) : segments
  return before.includes('**') ? null : { text, segments: before, hasRest }
}

/** @param pathname of a URL, as the URL standard writes it. */
export function matchPath(pathname: string, patterns: readonly PathPattern[]): PathMatch {
  const path = plain(pathname)
  if (UNCLEAR.test(path)) return 'unclear'
  const segments = path.slice(1).split('/')
  return patterns.some((pattern) => matches(segments, pattern)) ? 'yes' : 'no'
}

function matches(given: readonly string[], { segments, hasRest }: PathPattern): boolean {
  if (hasRest ? given.length < segments.length : given.length !== segments.length) return false
  return segments.every((one, index) => (one === '*' ? given[index] !== '' : given[index] === one))
}

/** Without escapes of characters that need none: `%61` is `a` to every server. */
function plain(pathname: string): string {
  return pathname.replaceAll(ESCAPE, (escape) => {
    const character = String.fromCodePoint(Number.parseInt(escape.slice(1), 16))
    return UNRESERVED.test(character) ? character : escape.toUpperCase()
  })
}
