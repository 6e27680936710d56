// What a host says before its answer (1xx): no bound on bytes or on times counts it.

export const INTERIM_ANSWERS_MAX = 64

/** @param onTooMany told once. */
export function countInterimAnswers(onTooMany: () => void): () => void {
  let count = 0
  return () => {
    count += 1
    if (count === INTERIM_ANSWERS_MAX + 1) onTooMany()
  }
}
