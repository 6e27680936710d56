// What the requests of one task to other hosts may be: held by the executor for honest guests, and once more by the pool.

/** Under way at once. */
export const EXCHANGES_MAX = 16
/** At all, whatever is answered: code that asks more often does nothing else. */
export const EXCHANGES_ASKED_MAX = 1_024
/** The head of a request or of an answer, in JSON. */
export const EXCHANGE_HEAD_BYTES = 32_768
/** A piece of a body in base64. */
export const PIECE_CHARACTERS = 87_384
