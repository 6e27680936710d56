// The bounds that hold for every value, whatever the limits of a request are.

/** Containers inside containers, in both directions and in both formats. CPython's own pickler gives up near this depth. */
export const MAX_DEPTH = 1_000

/** The base64 text of one pickle; the service bounds the whole input far below this. */
export const MAX_PICKLE_CHARACTERS = 64 * 1024 * 1024

/** Entries of the decoder's memo; the encoder never needs more than its output allows. */
export const MAX_MEMO_ENTRIES = 4_000_000

/** Marks that are open at once: a container has one, and an object in the middle of its construction a few. */
export const MAX_MARKS = 2 * MAX_DEPTH

/** Bytes of one integer in a pickle. */
export const MAX_INTEGER_BYTES = 1024 * 1024

/** Digits of one integer that is written in decimal, as CPython has it. */
export const MAX_DECIMAL_DIGITS = 4_300
