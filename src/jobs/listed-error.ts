// What a list of jobs tells of their errors: a thousand of them may be listed at once, and each may be as long as a result.

/** Characters of an error in a list. */
const LISTED_CHARACTERS = 512

/** The beginning of a long one. */
export function toListedError(error: string | null): string | null {
  return error === null || error.length <= LISTED_CHARACTERS ? error : `${error.slice(0, LISTED_CHARACTERS)}…`
}
