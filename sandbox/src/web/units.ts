// Collects UTF-16 code units into a string, in pieces.
import { apply, fromCharCode, mathMin, setPrototypeOf } from '../intrinsics.ts'

const PIECE_UNITS = 1_024

export interface Units {
  readonly add: (unit: number) => void
  readonly addPoint: (point: number) => void
  /** Adds the bytes from `from` on that are ASCII, each as a unit, and returns where they end. */
  readonly addAscii: (bytes: Uint8Array, from: number, end: number) => number
  /** The text so far, which is then empty again. */
  readonly take: () => string
}

export function createUnits(): Units {
  let text = ''
  // Grows to a whole piece once, and is written over from then on.
  const piece = emptyPiece()
  let count = 0

  function add(unit: number): void {
    piece[count++] = unit
    if (count === PIECE_UNITS) flush()
  }

  function flush(): void {
    if (count === 0) return
    text += apply(fromCharCode, undefined, count === piece.length ? piece : beginningOf(piece, count))
    count = 0
  }

  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    add,
    addPoint(point) {
      if (point <= 0xffff) return add(point)
      add(0xd7c0 + (point >> 10))
      add(0xdc00 | (point & 0x3ff))
    },
    addAscii(bytes, from, end) {
      let at = from
      while (at < end) {
        const stop = mathMin(end, at + PIECE_UNITS - count)
        while (at < stop) {
          const byte = bytes[at] as number
          if (byte > 0x7f) return at
          piece[count++] = byte
          at++
        }
        if (count === PIECE_UNITS) flush()
      }
      return at
    },
    take() {
      flush()
      const all = text
      text = ''
      return all
    },
  }
}

function beginningOf(piece: readonly number[], count: number): number[] {
  const beginning = emptyPiece()
  for (let index = 0; index < count; index++) beginning[index] = piece[index] as number
  return beginning
}

/** Without a prototype: what is appended asks nobody, and `apply` reads own properties only. */
function emptyPiece(): number[] {
  const piece: number[] = []
  setPrototypeOf(piece, null)
  return piece
}
