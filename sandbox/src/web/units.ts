// Collects UTF-16 code units into a string, in pieces.
import { apply, fromCharCode, setPrototypeOf } from '../intrinsics.ts'

const PIECE_UNITS = 1_024

export interface Units {
  readonly add: (unit: number) => void
  readonly addPoint: (point: number) => void
  /** The text so far, which is then empty again. */
  readonly take: () => string
}

export function createUnits(): Units {
  let text = ''
  let piece: number[] = emptyPiece()
  let count = 0

  function add(unit: number): void {
    piece[count++] = unit
    if (count === PIECE_UNITS) flush()
  }

  function flush(): void {
    if (count === 0) return
    text += apply(fromCharCode, undefined, piece)
    piece = emptyPiece()
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
    take() {
      flush()
      const all = text
      text = ''
      return all
    },
  }
}

/** Without a prototype: what is appended asks nobody, and `apply` reads own properties only. */
function emptyPiece(): number[] {
  const piece: number[] = []
  setPrototypeOf(piece, null)
  return piece
}
