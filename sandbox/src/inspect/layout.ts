// Puts formatted entries between braces: on one line where they fit, in columns for long lists, else line by line.
import {
  mathFloor,
  mathMax,
  mathMin,
  mathRound,
  mathSqrt,
  stringIndexOf,
  stringPadEnd,
  stringPadStart,
  stringRepeat,
} from '../intrinsics.ts'
import type { Context } from './context.ts'
import { append, createList, joinTexts } from './list.ts'
import type { List } from './list.ts'
import { displayWidth } from './width.ts'

export interface Frame {
  /** What stands before the braces, such as the stack of an error; '' for nothing. */
  readonly base: string
  readonly open: string
  readonly close: string
  /** For elements of arrays: whether each of the first `count` entries is the element of that index, and a number. */
  readonly areNumbers: ((count: number) => boolean) | null
}

/** Entries shorter than this in total width are put in columns when there are more than six of them. */
const MIN_COLUMN_ENTRIES = 6
const MAX_COLUMNS = 15
/** Characters of terminals are about this much higher than wide. */
const CHARACTER_HEIGHT = 2.5
const SEPARATOR_WIDTH = 2

/** `level` counts the object itself and those around it. */
export function layOut(context: Context, entries: List<string>, frame: Frame, level: number): string {
  const { base, open, close } = frame
  const start = base === '' ? open : `${base} ${open}`
  if (context.compact >= 1) {
    const lines = frame.areNumbers === null ? entries : toColumns(context, entries, frame.areNumbers)
    if (lines !== entries) return stack(context, lines, start, close)
    if (context.lastLevel - level < context.compact && fitsOneLine(context, entries, frame)) {
      const joined = joinTexts(entries, ', ')
      if (stringIndexOf(joined, '\n') === -1) return `${start} ${joined} ${close}`
    }
  }
  return stack(context, entries, start, close)
}

function stack(context: Context, lines: List<string>, start: string, close: string): string {
  const { budget } = context
  const indentation = `\n${stringRepeat(' ', context.indentation)}`
  budget.characters -= lines.length * indentation.length
  return `${start}${indentation}  ${joinTexts(lines, `,${indentation}  `)}${indentation}${close}`
}

function fitsOneLine(context: Context, entries: Readonly<List<string>>, { base, open }: Frame): boolean {
  if (stringIndexOf(base, '\n') !== -1) return false
  const count = entries.length
  let width = count + count + context.indentation + open.length + base.length + 10
  if (width + count > context.breakLength) return false
  for (let index = 0; index < count; index++) {
    width += (entries[index] as string).length
    if (width > context.breakLength) return false
  }
  return true
}

/** The same list if columns would not look better: for few entries, and for entries of very different widths. */
function toColumns(context: Context, entries: List<string>, areNumbers: (count: number) => boolean): List<string> {
  const count = entries.length
  if (count <= MIN_COLUMN_ENTRIES) return entries
  // The last entry then says how many more there are and stands alone.
  const hasRemark = context.maxArrayLength < count
  const cells = hasRemark ? count - 1 : count
  const widths = createList<number>()
  let totalWidth = 0
  let maxWidth = 0
  for (let index = 0; index < cells; index++) {
    const width = displayWidth(entries[index] as string)
    append(widths, width)
    totalWidth += width + SEPARATOR_WIDTH
    maxWidth = mathMax(maxWidth, width)
  }
  const cellWidth = maxWidth + SEPARATOR_WIDTH
  const room = context.breakLength - context.indentation
  if (cellWidth * 3 >= room || (totalWidth / cellWidth <= 5 && maxWidth > 6)) return entries

  // A square of characters, with more columns where most cells are narrower than the widest one.
  const biasedWidth = mathMax(cellWidth - 3 - mathSqrt(cellWidth - totalWidth / count), 1)
  const columns = mathMin(
    mathRound(mathSqrt(CHARACTER_HEIGHT * biasedWidth * cells) / biasedWidth),
    mathFloor(room / cellWidth),
    context.compact * 4,
    MAX_COLUMNS,
  )
  if (columns <= 1) return entries
  const lines = toLines(entries, widths, columns, areNumbers(count))
  if (hasRemark) append(lines, entries[cells] as string)
  return lines
}

/** Numbers are aligned to the right, everything else to the left. */
function toLines(
  entries: Readonly<List<string>>,
  widths: Readonly<List<number>>,
  columns: number,
  alignsRight: boolean,
): List<string> {
  const cells = widths.length
  const columnWidths = createList<number>()
  for (let column = 0; column < columns; column++) {
    let width = 0
    for (let index = column; index < cells; index += columns) width = mathMax(width, widths[index] as number)
    append(columnWidths, width + SEPARATOR_WIDTH)
  }
  const lines = createList<string>()
  for (let first = 0; first < cells; first += columns) {
    const last = mathMin(first + columns, cells) - 1
    let line = ''
    for (let index = first; index <= last; index++) {
      const entry = entries[index] as string
      const cell = index < last ? `${entry}, ` : entry
      // Padding counts characters where widths count columns.
      const width = (columnWidths[index - first] as number) + entry.length - (widths[index] as number)
      if (alignsRight) line += stringPadStart(cell, index < last ? width : width - SEPARATOR_WIDTH)
      else line += index < last ? stringPadEnd(cell, width) : cell
    }
    append(lines, line)
  }
  return lines
}
