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
const SPACE = 0x20
const FIRST_PRINTABLE = SPACE
const DIGIT_ZERO = 0x30
const DIGIT_ONE = 0x31
const DIGIT_NINE = 0x39
const DOT = 0x2e
const LETTER_E = 0x65
const LOWER_CASE = 0x20

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const SPECIAL = /["\\\u0000-\u001f]/g
/** Short texts are quicker walked than searched. */
const WALKED_CHARACTERS = 32
const LITERALS = ['true', 'false', 'null']

/** The steps over a text give the index behind what they pass, or this. */
const INVALID = -1
/** Or, where a text goes on after many characters, an index below that. */
const pausedAt = (index: number): number => -2 - index

/** One to three milliseconds. */
export const STEP_CHARACTERS = 64 * 1024

/** Linear in the text; deeper than 100 000 levels counts as no JSON. */
export function isJson(text: string): boolean {
  const walk = new JsonWalk(text, text.length + 1)
  for (;;) {
    const answer = walk.step()
    if (answer !== null) return answer
  }
}

/** A walk over a text in steps. */
export class JsonWalk {
  readonly #text: string
  readonly #stepCharacters: number
  /** For each open bracket whether it is an object's. */
  readonly #open: boolean[] = []
  /** Where the next value begins, or how a text within the walk goes on. */
  #at: number
  #within: 'key' | 'value' | null = null

  /** @param stepCharacters what is looked at in one step, and a little more; of a part without escapes within a text, all. */
  constructor(text: string, stepCharacters: number) {
    this.#text = text
    this.#stepCharacters = stepCharacters
    this.#at = skipSpace(text, 0)
  }

  /** Whether the text is JSON; null when that is not known yet. */
  step(): boolean | null {
    const text = this.#text
    const open = this.#open
    let at = this.#at
    const pauseAt = at + this.#stepCharacters
    const within = this.#within
    if (within !== null) {
      at = skipRest(text, at, pauseAt)
      if (at < 0) return this.#pause(at, within)
      at = within === 'key' ? skipColon(text, at) : closeAll(text, at, open, pauseAt)
      if (at < 0) return this.#pause(at, 'key')
      if (open.length === 0) return at === text.length
      this.#within = null
    }
    while (at < pauseAt) {
      const code = text.charCodeAt(at)
      const opens = code === OPEN_OBJECT || code === OPEN_ARRAY
      if (opens) {
        if (open.length === MAX_DEPTH) return false
        open.push(code === OPEN_OBJECT)
        at = skipSpace(text, at + 1)
        const isEmpty = text.charCodeAt(at) === (code === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)
        if (!isEmpty) {
          if (code === OPEN_OBJECT) at = skipKey(text, at, pauseAt)
          if (at < 0) return this.#pause(at, 'key')
          continue
        }
      } else {
        at = skipScalar(text, at, code, pauseAt)
        if (at < 0) return this.#pause(at, 'value')
      }
      at = closeAll(text, at, open, pauseAt)
      if (at < 0) return this.#pause(at, 'key')
      if (open.length === 0) return at === text.length
    }
    this.#at = at
    return null
  }

  /** @param at below 0: what the steps over a text give that do not reach its end. */
  #pause(at: number, within: 'key' | 'value'): false | null {
    if (at === INVALID) return false
    this.#at = pausedAt(at)
    this.#within = within
    return null
  }
}

/** From behind a value to the next one: over spaces, closing brackets and one comma. */
function closeAll(text: string, from: number, open: boolean[], pauseAt: number): number {
  let at = skipSpace(text, from)
  while (open.length > 0) {
    const isObject = open.at(-1) === true
    const code = text.charCodeAt(at)
    if (code === COMMA) {
      at = skipSpace(text, at + 1)
      return isObject ? skipKey(text, at, pauseAt) : at
    }
    if (code !== (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return INVALID
    open.pop()
    at = skipSpace(text, at + 1)
  }
  return at
}

function skipKey(text: string, from: number, pauseAt: number): number {
  const end = skipText(text, from, pauseAt)
  return end < 0 ? end : skipColon(text, end)
}

function skipColon(text: string, from: number): number {
  const colon = skipSpace(text, from)
  return text.charCodeAt(colon) === COLON ? skipSpace(text, colon + 1) : INVALID
}

function skipScalar(text: string, from: number, code: number, pauseAt: number): number {
  if (code === QUOTE) return skipText(text, from, pauseAt)
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

function skipText(text: string, from: number, pauseAt: number): number {
  return text.charCodeAt(from) === QUOTE ? skipRest(text, from + 1, pauseAt) : INVALID
}

/** From within a text to behind its end. */
function skipRest(text: string, from: number, pauseAt: number): number {
  let at = from
  for (;;) {
    const walkedTo = at + WALKED_CHARACTERS
    while (at < walkedTo && !isSpecial(text.charCodeAt(at))) at++
    if (at === walkedTo) at = skipPlain(text, at)
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code !== BACKSLASH) return INVALID
    at = skipPattern(ESCAPE, text, at)
    if (at === INVALID) return INVALID
    if (at >= pauseAt) return pausedAt(at)
  }
}

/** Whether a character is not just part of a text; of none, behind the end, too. */
function isSpecial(code: number): boolean {
  return code === QUOTE || code === BACKSLASH || !(code >= FIRST_PRINTABLE)
}

/** To the next special character, or the end. */
function skipPlain(text: string, from: number): number {
  SPECIAL.lastIndex = from
  return SPECIAL.test(text) ? SPECIAL.lastIndex - 1 : text.length
}

function skipPattern(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : INVALID
}

function skipSpace(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code > SPACE || (code !== SPACE && code !== 0x0a && code !== 0x0d && code !== 0x09)) return at
    at++
  }
}
