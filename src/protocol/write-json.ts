// JSON out: a parsed value to text again, with the numbers that JSON.stringify would write as others.

declare global {
  interface JSON {
    /** Part of the language and of Node, not yet of TypeScript's library. */
    readonly rawJSON: (text: string) => object
  }
}

/** One for all places: an object for each of a million zeros would take a second. */
const NEGATIVE_ZERO = JSON.rawJSON('-0')
/** JSON has numbers of any size, and no infinities: a parser with doubles reads these as such, JavaScript's and Python's. */
const INFINITY = JSON.rawJSON('1e999')
const NEGATIVE_INFINITY = JSON.rawJSON('-1e999')

/**
 * A value that came from `parseJson` back to JSON text. Keys such as `__proto__` are own properties here and stay so.
 * The value is the writer's: numbers in it may be others than before, though it can be written once more.
 */
export function writeJson(value: unknown, mayHaveRareNumbers: boolean): string {
  // No replacer: JSON.stringify would call it for each of a million values, when one is a negative zero.
  return JSON.stringify((mayHaveRareNumbers ? keep(value) : null) ?? value)
}

type Members = unknown[] | Record<string, unknown>

/** Puts what is written as it should be in the place of each number that would not; `parseJson` has bounded the depth. */
function keepNumbers(value: Members): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const kept = keep(value[index])
      if (kept !== null) value[index] = kept
    }
    return
  }
  for (const key of Object.keys(value)) {
    const kept = keep(value[key])
    // The property is there: `__proto__`, too, is assigned like any other then.
    if (kept !== null) value[key] = kept
  }
}

/** What is written in the place of a number, null for what stays; members of lists and objects are replaced within them. */
function keep(value: unknown): object | null {
  if (typeof value === 'number') return keepNumber(value)
  if (typeof value === 'object' && value !== null) keepNumbers(value as Members)
  return null
}

function keepNumber(value: number): object | null {
  if (value === 0) return Object.is(value, -0) ? NEGATIVE_ZERO : null
  if (value === Infinity) return INFINITY
  return value === -Infinity ? NEGATIVE_INFINITY : null
}
