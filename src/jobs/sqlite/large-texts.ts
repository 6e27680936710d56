// The large texts of a message, which are handed over to the other thread instead of being copied.

/** Everything in operations and results that is bytes. */
export function findBuffers(value: unknown): readonly ArrayBuffer[] {
  if (value instanceof Uint8Array) return value.buffer instanceof ArrayBuffer ? [value.buffer] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(findBuffers)
}

export function largeBytes(value: unknown): number {
  return findBuffers(value).reduce((sum, buffer) => sum + buffer.byteLength, 0)
}
