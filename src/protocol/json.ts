// JSON in: text to a value, with the one thing that JSON.parse followed by JSON.stringify would lose.

/** A parsed body. */
export interface ParsedJson {
  readonly value: unknown
  /** Whether the value may hold a negative zero, which `JSON.stringify` writes as `0`. */
  readonly mayHaveNegativeZero: boolean
}

export type JsonResult =
  | ({ readonly ok: true } & ParsedJson)
  | { readonly ok: false; /** Index into the text, 0 if unknown. */ readonly position: number; readonly reason: string }

/** Deeper JSON is refused, so that no later step can run out of stack; Python's own parser gives up near this depth. */
export const MAX_JSON_DEPTH = 1_000

/**
 * A token that can parse to -0: `-0` itself, `-0.0`, or a fraction so small that it underflows.
 * It is a cheap first look and may be wrong about text inside strings; then the exact way is merely slower.
 */
const NEGATIVE_ZERO = /[[:,\s]-(?:0(?!\.\d{0,300}[1-9])|[\d.]+[eE]-)/

/** JSON text to a value. Never throws; the reason on failure quotes at most a few characters of the text. */
export function parseJson(text: string): JsonResult {
  if (isTooDeep(text)) {
    return { ok: false, position: 0, reason: `The value is nested more than ${MAX_JSON_DEPTH} levels deep` }
  }
  try {
    const value: unknown = JSON.parse(text)
    return { ok: true, value, mayHaveNegativeZero: text.includes('-') && NEGATIVE_ZERO.test(text) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const position = /at position (\d+)/.exec(error.message)?.[1]
    return { ok: false, position: position === undefined ? 0 : Number(position), reason: error.message }
  }
}

declare global {
  interface JSON {
    /** Part of the language and of Node, not yet of TypeScript's library. */
    readonly rawJSON: (text: string) => unknown
  }
}

/** A value that came from `parseJson` back to JSON text. Keys such as `__proto__` are own properties here and stay so. */
export function writeJson(value: object, mayHaveNegativeZero: boolean): string {
  return mayHaveNegativeZero ? JSON.stringify(value, keepNegativeZero) : JSON.stringify(value)
}

function keepNegativeZero(_key: string, value: unknown): unknown {
  return Object.is(value, -0) ? JSON.rawJSON('-0') : value
}

/** Whether a parsed value is a JSON object. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** `[` and `{` are one bit apart, and so are `]` and `}`; no other character is that bit away from them. */
const BRACKET_BIT = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

/** One pass over the text that jumps over strings; a text too short for the depth is not looked at. */
function isTooDeep(text: string): boolean {
  if (text.length <= MAX_JSON_DEPTH) return false
  let depth = 0
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index)
    if (character === QUOTE) {
      index = endOfString(text, index)
      if (index === -1) return false
    } else if ((character | BRACKET_BIT) === OPENING) {
      depth += 1
      if (depth > MAX_JSON_DEPTH) return true
    } else if ((character | BRACKET_BIT) === CLOSING) depth -= 1
  }
  return false
}

/** The index of the quote that ends the string begun at `start`, or -1. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return end
  }
  return -1
}
