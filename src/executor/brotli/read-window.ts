// How much a decoder keeps of what it has made, which the first byte of its input says (RFC 7932, 9.1).

const MAX_WINDOW_BITS = 24

/** In bytes. Of a byte that begins no brotli, the most that there is: the decoder says what is wrong with it. */
export function readWindow(first: number | undefined): number {
  return 2 ** (first === undefined ? MAX_WINDOW_BITS : readBits(first))
}

function readBits(first: number): number {
  if ((first & 1) === 0) return 16
  const high = (first >> 1) & 7
  if (high !== 0) return 17 + high
  const low = (first >> 4) & 7
  if (low === 0) return 17
  return low === 1 ? MAX_WINDOW_BITS : 8 + low
}
