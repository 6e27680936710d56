// The large texts of a message, which are handed over to the other thread instead of being copied.
import type { JobAndOutput } from './messages.ts'

/** The member of operations and results that is a `JobState`, in which nothing travels as bytes. */
const STATE: keyof JobAndOutput = 'job'

/** Everything in operations and results that is bytes. */
export function findBuffers(value: unknown): ArrayBuffer[] {
  const found: ArrayBuffer[] = []
  collectBuffers(value, found)
  return found
}

export function largeBytes(value: unknown): number {
  return findBuffers(value).reduce((sum, buffer) => sum + buffer.byteLength, 0)
}

/** Every operation and result goes through this several times, so that it makes nothing on its way. */
function collectBuffers(value: unknown, found: ArrayBuffer[]): void {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Uint8Array) {
    if (value.buffer instanceof ArrayBuffer) found.push(value.buffer)
    return
  }
  for (const key in value) if (key !== STATE) collectBuffers(value[key as keyof typeof value], found)
}
