// Columns of texts, and the frame that is drawn around them.
import { mathMax, objectKeys, stringRepeat, stringSlice } from '../intrinsics.ts'
import { MAX_CALL_CHARACTERS } from './context.ts'
import { append, createList, joinTexts } from './list.ts'
import type { List } from './list.ts'
import { displayWidth } from './width.ts'

const MAX_HEAD_CHARACTERS = 1_000

/** Texts by the number of their row; a missing one is an empty cell. */
type Cells = List<string>

export interface Grid {
  readonly head: string
  readonly index: Cells
  /** The columns by name; names that are numbers come first, as in every object. */
  readonly named: Record<string, Cells>
  /** How many named columns there are. */
  columns: number
  /** The last column, for values without properties. */
  values: Cells | undefined
}

export function createGrid(head: string): Grid {
  return {
    __proto__: null,
    head,
    index: createList<string>(),
    named: { __proto__: null } as unknown as Record<string, Cells>,
    columns: 0,
    values: undefined,
  } as Grid
}

/** Fills the rows in between with empty cells. What a cell has it keeps: a column may be asked for twice. */
export function setCell(cells: Cells, row: number, text: string): void {
  while (cells.length < row) append(cells, '')
  if (cells.length === row) append(cells, text)
}

/** As many rows as fit the text of one call. */
export function drawGrid(grid: Grid, rows: number): string {
  const heads = createList<string>()
  const columns = createList<Cells>()
  append(heads, grid.head)
  append(columns, grid.index)
  const names = objectKeys(grid.named)
  for (let at = 0; at < names.length; at++) {
    append(heads, stringSlice(names[at], 0, MAX_HEAD_CHARACTERS))
    append(columns, grid.named[names[at] as string] as Cells)
  }
  if (grid.values !== undefined) {
    append(heads, 'Values')
    append(columns, grid.values)
  }
  return draw(heads, columns, rows)
}

function draw(heads: Readonly<List<string>>, columns: Readonly<List<Cells>>, rows: number): string {
  const widths = createList<number>()
  const bars = createList<string>()
  for (let column = 0; column < heads.length; column++) {
    append(widths, widthOf(heads[column] as string, columns[column] as Cells))
    append(bars, stringRepeat('─', (widths[column] as number) + 2))
  }
  let text = `┌${joinTexts(bars, '┬')}┐\n${drawRow(heads, widths)}\n├${joinTexts(bars, '┼')}┤\n`
  for (let row = 0; row < rows && text.length <= MAX_CALL_CHARACTERS; row++) {
    const cells = createList<string>()
    for (let column = 0; column < columns.length; column++) {
      const all = columns[column] as Cells
      append(cells, row < all.length ? (all[row] as string) : '')
    }
    text += `${drawRow(cells, widths)}\n`
  }
  return `${text}└${joinTexts(bars, '┴')}┘`
}

function widthOf(head: string, cells: Cells): number {
  let width = displayWidth(head)
  for (let row = 0; row < cells.length; row++) width = mathMax(width, displayWidth(cells[row] as string))
  return width
}

function drawRow(cells: Readonly<List<string>>, widths: Readonly<List<number>>): string {
  let text = '│ '
  for (let column = 0; column < cells.length; column++) {
    const cell = cells[column] as string
    if (column > 0) text += ' │ '
    text += cell + stringRepeat(' ', (widths[column] as number) - displayWidth(cell))
  }
  return `${text} │`
}
