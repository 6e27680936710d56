// What several metrics are read from is looked at once for all of them.

/** Calls of one turn have the same value: whoever reads the metrics asks for all of them in one. */
export function perTurn<Value>(read: () => Value): () => Value {
  let kept: { readonly value: Value } | null = null
  return () => {
    if (kept !== null) return kept.value
    const value = read()
    kept = { value }
    queueMicrotask(() => (kept = null))
    return value
  }
}
