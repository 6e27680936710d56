// Finds where in the submitted text the type stripper stopped; its error has no fields for that, only a drawing.
//
//   :2                                        the number of the line
//   class A {                                 the line before, when there is one
//     constructor(private x: number) {}       the line itself
//                         ^^^^^^^^^           absent when the place is the end of the text
//
// A place that spans lines is drawn with `  > ` before its first line and no carets.

export interface Position {
  readonly line: number
  readonly column: number
}

/** Answers the stack that the stripper's error has for another source, or null when it accepts that source. */
export type StackOf = (source: string) => string | null

interface Drawing {
  readonly line: number
  /** Width in terminal cells of what stands before the place; null without carets. */
  readonly cellsBefore: number | null
  readonly spansLines: boolean
}

function readDrawing(stack: string): Drawing | null {
  const [first = '', ...lines] = stack.split('\n', 4)
  const line = Number(/^:(\d{1,8})$/.exec(first)?.[1] ?? 0)
  if (line === 0) return null
  const isCarets = (text: string | undefined): text is string => text !== undefined && /^ *\^+ *$/.test(text)
  // The second line is the failing one itself, and may look like carets, unless there was no line before to draw.
  const carets = line > 1 ? [lines[2], lines[1]].find(isCarets) : [lines[1]].find(isCarets)
  return {
    line,
    cellsBefore: carets?.indexOf('^') ?? null,
    spansLines: lines.some((text) => text.startsWith('  > ')),
  }
}

/** Start and end of a line; the stripper counts line feeds, carriage returns and pairs of them. */
function findLine(source: string, line: number): { readonly start: number; readonly end: number } {
  const lineEnd = /\r\n?|\n/g
  let start = 0
  for (let number = 1; number < line; number += 1) {
    if (lineEnd.exec(source) === null) return { start: source.length, end: source.length }
    start = lineEnd.lastIndex
  }
  const end = lineEnd.exec(source)
  return { start, end: end?.index ?? source.length }
}

/** One ASCII character for each code unit, so that cells are columns. */
function flatten(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, (unit) => (/\s/.test(unit) ? ' ' : 'x'))
}

/**
 * The place that `stack` draws. The drawing counts terminal cells, and tabs as four: for a line with more than plain ASCII
 * the stripper is asked again about the same text with that line flattened. Null when there is no drawing.
 */
export function locateFailure(stack: string, source: string, stackOf: StackOf, reason: string): Position | null {
  const drawing = readDrawing(stack)
  if (drawing === null) return null
  const { start, end } = findLine(source, drawing.line)
  const text = source.slice(start, end)
  const column = (index: number): Position => ({
    line: drawing.line,
    column: Math.min(index, text.length) + 1,
  })
  if (drawing.cellsBefore === null) {
    return column(drawing.spansLines ? findConstruct(text, reason) : text.length)
  }
  const flat = flatten(text)
  if (flat === text) return column(drawing.cellsBefore)
  const again = readDrawing(stackOf(source.slice(0, start) + flat + source.slice(end)) ?? '')
  return column((again?.line === drawing.line ? again.cellsBefore : null) ?? drawing.cellsBefore)
}

/** The keyword that the reason names, or else the first character of the line that is not blank. */
function findConstruct(text: string, reason: string): number {
  const keyword = /\b(?:enum|namespace|module)\b/.exec(reason)?.[0]
  const at = keyword === undefined ? -1 : text.search(new RegExp(`\\b${keyword}\\b`))
  return at === -1 ? Math.max(text.search(/\S/), 0) : at
}
