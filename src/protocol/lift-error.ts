// What the platform does to the object that a handler returns (protocol.md §2.1): two keys of it are for the platform itself.
// The rest is text that is spliced and never decoded.
import { depthChange, endOfString, QUOTE } from './json-text.ts'
import { isJsonObject } from './json.ts'

export interface LiftedResult {
  /** What makes the job fail; null when the object has no error, or one that Python takes for none. */
  readonly error: string | null
  /** JSON text; null when nothing is left of the object. */
  readonly output: string | null
  /** Whether the object says, by what Python takes for true, that its worker is to be replaced. */
  readonly asksRefresh: boolean
}

const ERROR = '"error":'
const REFRESH = '"refresh_worker":'
const OWN_KEYS: readonly string[] = [ERROR, REFRESH]

/** An error is text for people, which is listed, logged and shown; what is more of a long one is cut off. */
const ERROR_CHARACTERS = 64 * 1024

const COMMA = 0x2c

/** @param result JSON text without space around its tokens, as results are written; another text stays as it is. */
export function liftError(result: string): LiftedResult {
  const asItIs = { error: null, output: result, asksRefresh: false }
  if (!result.startsWith('{') || !OWN_KEYS.some((key) => result.includes(key))) return asItIs
  return split(result) ?? asItIs
}

/**
 * One pass over the outermost object, which may have a million entries: only those of the platform become texts of their own.
 * Null for text that is not an object, or that has none of them.
 */
function split(object: string): LiftedResult | null {
  const kept: string[] = []
  let error: string | null = null
  let asksRefresh = false
  let depth = 0
  let keptFrom = 1
  let start = 1
  for (let at = 1; at < object.length; at += 1) {
    const character = object.charCodeAt(at)
    if (character === QUOTE) {
      at = endOfString(object, at)
      if (at === -1) return null
    } else depth += depthChange(character)
    const isEnd = depth === -1 || (depth === 0 && character === COMMA)
    if (!isEnd) continue
    const key = OWN_KEYS.find((one) => object.startsWith(one, start))
    if (key !== undefined) {
      if (start > keptFrom) kept.push(object.slice(keptFrom, start - 1))
      const value = object.slice(start + key.length, at)
      if (key === ERROR) error = cut(describe(value))
      else asksRefresh = describe(value) !== null
      keptFrom = at + 1
    }
    start = at + 1
    if (depth === 0) continue
    if (keptFrom === 1) return null
    if (at > keptFrom) kept.push(object.slice(keptFrom, at))
    return { error, output: kept.length === 0 ? null : `{${kept.join(',')}}`, asksRefresh }
  }
  return null
}

function cut(error: string | null): string | null {
  if (error === null || error.length <= ERROR_CHARACTERS) return error
  return `${error.slice(0, ERROR_CHARACTERS)}… (${error.length} characters; the limit is ${ERROR_CHARACTERS})`
}

/** A text is its own; of another kind the platform would lose the whole result, so that its JSON is the text. */
function describe(json: string): string | null {
  const isText = json.startsWith('"')
  const value: unknown = isText || json === '[]' || json === '{}' ? JSON.parse(json) : null
  if (typeof value === 'string') return value === '' ? null : value
  const isFalsy = Array.isArray(value) || isJsonObject(value) || ['null', 'false'].includes(json) || Number(json) === 0
  return isFalsy ? null : json
}
