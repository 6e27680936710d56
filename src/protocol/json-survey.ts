// One look at JSON text before it is parsed: whether it holds more than may be built from it, since ten megabytes of `[],`
// would keep JSON.parse, and every later step, for the better part of a second; and whether JSON.stringify would change its
// numbers.

export interface JsonBounds {
  /** Levels of lists and objects within each other. */
  readonly maxDepth: number
  /** What values cost whoever builds them, in those of a number: see `WEIGHTS`. */
  readonly maxWeight: number
}

/** The bound that is passed, and how many bytes it takes to pass it. */
export interface JsonExcess {
  readonly bound: keyof JsonBounds
  readonly bytes: number
}

export interface JsonSurvey {
  /** Null when the text is within its bounds. */
  readonly excess: JsonExcess | null
  /**
   * Whether a number may be -0 or beyond what a double holds, which `JSON.stringify` writes as `0` and `null`. Sometimes true of
   * others: writing is merely slower then. Without meaning where the text is in excess.
   */
  readonly mayHaveRareNumbers: boolean
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const PLUS = 0x2b
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39

const NOTHING = 0
const STRING = 1
const SEPARATOR = 2
const OPENING = 3
const CLOSING = 4
/** The sign of a number, or the letter of its exponent; letters of `true` and `false`, too. */
const MARK = 5
/** What a byte begins or ends outside strings: one look into a table is half the time of comparing. */
const KINDS = new Uint8Array(256)
/** By what begins or separates values. A string weighs 4 with its comma, an entry of an object 8, an empty list 2. */
const WEIGHTS = new Uint8Array(256)
KINDS[QUOTE] = STRING
for (const separator of ',:') KINDS[separator.charCodeAt(0)] = SEPARATOR
for (const bracket of '[{') KINDS[bracket.charCodeAt(0)] = OPENING
for (const bracket of ']}') KINDS[bracket.charCodeAt(0)] = CLOSING
for (const mark of '-eE') KINDS[mark.charCodeAt(0)] = MARK
for (const [character, weight] of Object.entries({ ',': 1, ':': 4, '[': 1, '{': 1, '"': 3 })) {
  WEIGHTS[character.charCodeAt(0)] = weight
}

/** Short strings are quicker walked than searched. */
const WALKED_BYTES = 64

/**
 * Numbers that are no longer, and whose exponents have no more than two digits, are between 1e-300 and 1e300 or zero.
 * It counts what is between two separators: a longer space is taken for a number.
 */
const PLAIN_NUMBER_BYTES = 200

/** One pass over UTF-8, in which no other character has bytes that look like these. Text that is no JSON is judged as far as a parser gets. */
export function surveyJson(bytes: Uint8Array, { maxDepth, maxWeight }: JsonBounds): JsonSurvey {
  const { length } = bytes
  let mayHaveRareNumbers = false
  /** Where the last text began or ended that is no number. */
  let before = 0
  let weight = 1
  let depth = 0
  for (let index = 0; index < length; index += 1) {
    const byte = bytes[index] ?? 0
    const kind = KINDS[byte]
    if (kind === NOTHING) continue
    if (kind === MARK) {
      if (!mayHaveRareNumbers) mayHaveRareNumbers = byte === MINUS ? isZero(bytes, index + 1) : isFar(bytes, index + 1)
      continue
    }
    if (index - before > PLAIN_NUMBER_BYTES) mayHaveRareNumbers = true
    weight += WEIGHTS[byte] ?? 0
    if (kind === CLOSING) depth -= 1
    else if (kind === OPENING) depth += 1
    if (depth > maxDepth) return inExcess('maxDepth', index + 1)
    if (weight > maxWeight) return inExcess('maxWeight', index + 1)
    // As a 32-bit number: V8 would otherwise keep the index of the whole loop as an object, at twice the time.
    if (kind === STRING) index = endOfString(bytes, index + 1) | 0
    before = index
  }
  if (length - before > PLAIN_NUMBER_BYTES) mayHaveRareNumbers = true
  return { excess: null, mayHaveRareNumbers }
}

function inExcess(bound: JsonExcess['bound'], bytes: number): JsonSurvey {
  return { excess: { bound, bytes }, mayHaveRareNumbers: false }
}

/** Whether the digits from `start` on are zeros only. */
function isZero(bytes: Uint8Array, start: number): boolean {
  if (bytes[start] !== ZERO) return false
  let end = start + 1
  while (bytes[end] === ZERO || bytes[end] === DOT) end += 1
  return !isDigit(bytes[end])
}

/** Whether an exponent that begins at `start` has three digits or more. */
function isFar(bytes: Uint8Array, start: number): boolean {
  const sign = bytes[start]
  const first = sign === PLUS || sign === MINUS ? start + 1 : start
  return isDigit(bytes[first]) && isDigit(bytes[first + 1]) && isDigit(bytes[first + 2])
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

/** The index of the quote that ends a string whose text begins at `start`; the length when none does. */
function endOfString(bytes: Uint8Array, start: number): number {
  let index = start
  for (;;) {
    const walkedTo = Math.min(index + WALKED_BYTES, bytes.length)
    for (; index < walkedTo; index += 1) {
      const byte = bytes[index]
      if (byte === QUOTE) return index
      if (byte === BACKSLASH) index += 1
    }
    const quote = bytes.indexOf(QUOTE, index)
    if (quote === -1) return bytes.length
    if (!isEscaped(bytes, index, quote)) return quote
    index = quote + 1
  }
}

/** Whether the backslashes before `end`, back to `start` where none is open, are odd in number. */
function isEscaped(bytes: Uint8Array, start: number, end: number): boolean {
  let first = end
  while (first > start && bytes[first - 1] === BACKSLASH) first -= 1
  return (end - first) % 2 === 1
}
