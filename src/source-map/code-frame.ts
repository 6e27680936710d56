// The lines of a source around a place, with a caret below it.

const MAX_LINE_CHARACTERS = 120
/** How much of a longer line is shown before the place. */
const BEFORE_CHARACTERS = 60
/**
 * What is behind them has no frame: lines are counted in the front process, for every failure again, and whoever wrote the
 * source or its map says how far. So many take a few milliseconds.
 */
export const MAX_FRAME_CHARACTERS = 524_288
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const LINE_SEPARATOR = 0x2028
const PARAGRAPH_SEPARATOR = 0x2029
const CONTROL = /[^\P{Cc}\t]/gu

/** Null when the text has no such line within its first characters. Lines and columns count from 1. */
export function codeFrame(text: string, line: number, column: number): string | null {
  const first = Math.max(1, line - 1)
  const lines = linesFrom(text, first, line - first + 2)
  const failing = lines[line - first]
  if (failing === undefined || column < 1 || column > failing.length + 1) return null
  const width = String(first + lines.length - 1).length
  const cut = failing.length > MAX_LINE_CHARACTERS ? Math.max(0, column - 1 - BEFORE_CHARACTERS) : 0
  return lines
    .flatMap((content, index) => {
      const number = first + index
      const isFailing = number === line
      const shown = content.slice(cut, cut + MAX_LINE_CHARACTERS).replaceAll(CONTROL, ' ')
      const row = `${isFailing ? '>' : ' '} ${String(number).padStart(width)} | ${shown}`.trimEnd()
      // What is a tab above the caret is one before it.
      const indent = shown.slice(0, column - 1 - cut).replaceAll(/[^\t]/gu, ' ')
      return isFailing ? [row, `  ${' '.repeat(width)} | ${indent}^`] : [row]
    })
    .join('\n')
}

/** So many lines of the text, or fewer at its end, from one on that counts from 1. */
function linesFrom(text: string, first: number, count: number): readonly string[] {
  const length = Math.min(text.length, MAX_FRAME_CHARACTERS)
  const lines: string[] = []
  let number = 1
  let start = 0
  // A walk, since a search for the end of each of a million lines takes ten times as long.
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index)
    // All other characters by the first look.
    if (code > CARRIAGE_RETURN && code < LINE_SEPARATOR) continue
    const after = afterLineEnd(text, index)
    if (after === index) continue
    if (number >= first) lines.push(text.slice(start, index))
    if (lines.length === count) return lines
    number += 1
    start = after
    index = after - 1
  }
  // A line that begins behind what was looked at is not known to be empty.
  if (number >= first && (start < length || length === text.length)) lines.push(text.slice(start, length))
  return lines
}

/** The index behind one of the line ends that V8 counts, or the same index where none is. */
function afterLineEnd(text: string, index: number): number {
  switch (text.charCodeAt(index)) {
    case LINE_FEED:
    case LINE_SEPARATOR:
    case PARAGRAPH_SEPARATOR:
      return index + 1
    case CARRIAGE_RETURN:
      return text.charCodeAt(index + 1) === LINE_FEED ? index + 2 : index + 1
    default:
      return index
  }
}
