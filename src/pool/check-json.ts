// Whether a text is one JSON value, found out without building the value: an executor's answer can hold millions of small
// arrays, for which JSON.parse would keep the event loop for a second.

const MAX_DEPTH = 100_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const FIRST_PRINTABLE = 0x20
const DIGIT_ZERO = 0x30
const DIGIT_ONE = 0x31
const DIGIT_NINE = 0x39
const DOT = 0x2e
const LETTER_E = 0x65
const LOWER_CASE = 0x20

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y
const LITERALS = ['true', 'false', 'null']

/** Linear in the text; deeper than 100 000 levels counts as no JSON. */
export function isJson(text: string): boolean {
  /** For each open bracket whether it is an object's. */
  const open: boolean[] = []
  let at = skipSpace(text, 0)
  for (;;) {
    const code = text.charCodeAt(at)
    const opens = code === OPEN_OBJECT || code === OPEN_ARRAY
    if (opens) {
      if (open.length === MAX_DEPTH) return false
      open.push(code === OPEN_OBJECT)
      at = skipSpace(text, at + 1)
      const isEmpty = text.charCodeAt(at) === (code === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)
      if (!isEmpty) {
        if (code === OPEN_OBJECT) at = skipKey(text, at)
        if (at === -1) return false
        continue
      }
    } else {
      at = skipScalar(text, at, code)
      if (at === -1) return false
      at = skipSpace(text, at)
    }
    at = closeAll(text, at, open)
    if (at === -1 || open.length === 0) return at === text.length
  }
}

/** From behind a value to the next one: over closing brackets and one comma. -1 when neither follows. */
function closeAll(text: string, from: number, open: boolean[]): number {
  let at = from
  while (open.length > 0) {
    const isObject = open.at(-1) === true
    const code = text.charCodeAt(at)
    if (code === COMMA) {
      at = skipSpace(text, at + 1)
      return isObject ? skipKey(text, at) : at
    }
    if (code !== (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return -1
    open.pop()
    at = skipSpace(text, at + 1)
  }
  return at
}

function skipKey(text: string, from: number): number {
  const end = skipText(text, from)
  if (end === -1) return -1
  const colon = skipSpace(text, end)
  return text.charCodeAt(colon) === COLON ? skipSpace(text, colon + 1) : -1
}

function skipScalar(text: string, from: number, code: number): number {
  if (code === QUOTE) return skipText(text, from)
  if (code >= DIGIT_ONE && code <= DIGIT_NINE) {
    const end = skipDigits(text, from + 1)
    const next = text.charCodeAt(end)
    // Most numbers are whole and positive, and quicker to walk than to match.
    if (next !== DOT && (next | LOWER_CASE) !== LETTER_E) return end
  }
  for (const literal of LITERALS) if (text.startsWith(literal, from)) return from + literal.length
  return skipPattern(NUMBER, text, from)
}

function skipDigits(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (!(code >= DIGIT_ZERO && code <= DIGIT_NINE)) return at
    at++
  }
}

function skipText(text: string, from: number): number {
  if (text.charCodeAt(from) !== QUOTE) return -1
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code < FIRST_PRINTABLE) return -1
    if (code === BACKSLASH) {
      const end = skipPattern(ESCAPE, text, at)
      if (end === -1) return -1
      at = end - 1
    }
  }
  return -1
}

function skipPattern(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : -1
}

function skipSpace(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at
    at++
  }
}
