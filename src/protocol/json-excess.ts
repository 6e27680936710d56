// Whether JSON text holds more than may be built from it, found out before it is parsed: ten megabytes of `[],` would keep
// JSON.parse, and every later step, for the better part of a second.

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

const QUOTE = 0x22
const BACKSLASH = 0x5c

const NOTHING = 0
const STRING = 1
const SEPARATOR = 2
const OPENING = 3
const CLOSING = 4
/** What a byte begins or ends outside strings: one look into a table is half the time of comparing. */
const KINDS = new Uint8Array(256)
/** By what begins or separates values. A string weighs 4 with its comma, an entry of an object 8, an empty list 2. */
const WEIGHTS = new Uint8Array(256)
KINDS[QUOTE] = STRING
for (const separator of ',:') KINDS[separator.charCodeAt(0)] = SEPARATOR
for (const bracket of '[{') KINDS[bracket.charCodeAt(0)] = OPENING
for (const bracket of ']}') KINDS[bracket.charCodeAt(0)] = CLOSING
for (const [character, weight] of Object.entries({ ',': 1, ':': 4, '[': 1, '{': 1, '"': 3 })) {
  WEIGHTS[character.charCodeAt(0)] = weight
}

/** Short strings are quicker walked than searched. */
const WALKED_BYTES = 64

/** One pass over UTF-8, in which no other character has bytes that look like these. Text that is no JSON is judged as far as a parser gets. */
export function findExcess(bytes: Uint8Array, { maxDepth, maxWeight }: JsonBounds): JsonExcess | null {
  const { length } = bytes
  let weight = 1
  let depth = 0
  for (let index = 0; index < length; index += 1) {
    const byte = bytes[index] ?? 0
    const kind = KINDS[byte]
    if (kind === NOTHING) continue
    weight += WEIGHTS[byte] ?? 0
    if (kind === CLOSING) depth -= 1
    else if (kind === OPENING) depth += 1
    if (depth > maxDepth) return { bound: 'maxDepth', bytes: index + 1 }
    if (weight > maxWeight) return { bound: 'maxWeight', bytes: index + 1 }
    // As a 32-bit number: V8 would otherwise keep the index of the whole loop as an object, at twice the time.
    if (kind === STRING) index = endOfString(bytes, index + 1) | 0
  }
  return null
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
