// Searches bytes for bytes, in a time that grows with their number and with nothing else.
import { createItems } from '../sequence.ts'

/** @returns where `wanted`, which is not empty, begins at or behind `from`; -1 when it does not. */
export function findBytes(
  bytes: Uint8Array,
  size: number,
  wanted: Uint8Array,
  wantedSize: number,
  from: number,
): number {
  const backs = backsOf(wanted, wantedSize)
  let matched = 0
  for (let at = from; at < size; at++) {
    const byte = bytes[at]
    while (matched > 0 && byte !== wanted[matched]) matched = backs[matched - 1] as number
    if (byte === wanted[matched]) matched++
    if (matched === wantedSize) return at - wantedSize + 1
  }
  return -1
}

/** How much of `wanted` still matches when the byte behind a match of some length does not. */
function backsOf(wanted: Uint8Array, size: number): readonly number[] {
  const backs = createItems<number>()
  backs[0] = 0
  let matched = 0
  for (let index = 1; index < size; index++) {
    while (matched > 0 && wanted[index] !== wanted[matched]) matched = backs[matched - 1] as number
    if (wanted[index] === wanted[matched]) matched++
    backs[index] = matched
  }
  return backs
}
