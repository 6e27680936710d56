// The lines of a source around a place, with a caret below it.

const MAX_LINE_CHARACTERS = 120
/** How much of a longer line is shown before the place. */
const BEFORE_CHARACTERS = 60
/** The line ends that V8 counts. */
const LINE_END = /\r\n|[\n\r\u2028\u2029]/gu
const CONTROL = /[^\P{Cc}\t]/gu

/** Null when the text has no such line. Lines and columns count from 1. */
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
  const end = new RegExp(LINE_END)
  for (let number = 1; number < first; number++) if (!end.test(text)) return []
  const lines: string[] = []
  for (let start = end.lastIndex; lines.length < count; start = end.lastIndex) {
    const found = end.exec(text)
    lines.push(text.slice(start, found?.index ?? text.length))
    if (found === null) break
  }
  return lines
}
