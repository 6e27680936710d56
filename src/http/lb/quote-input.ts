// What a 422 repeats of the request: little enough that an answer with many details stays small.

const MAX_QUOTED_CHARACTERS = 1_000

/** `value`, or null when it is too long to repeat; `bodyLength` is the length of the text that it comes from. */
export function quoteInput(value: unknown, bodyLength: number): unknown {
  if (typeof value === 'string') return value.length <= MAX_QUOTED_CHARACTERS ? value : null
  const isShort = typeof value !== 'object' || bodyLength <= MAX_QUOTED_CHARACTERS
  return isShort ? value : null
}
