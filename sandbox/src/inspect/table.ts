// `console.table`: rows and columns of an object of objects, in the boxes that Node draws.
import {
  arrayAppend,
  createList,
  getOwnPropertyDescriptor,
  isArray,
  isObject,
  mapGet,
  MapIntrinsic,
  mapSet,
  objectKeys,
  stringRepeat,
} from '../intrinsics.ts'
import { createBudget, DEFAULT_OPTIONS } from './context.ts'
import type { Budget, InspectOptions } from './context.ts'
import { inspect } from './value.ts'
import { displayWidth } from './width.ts'

const MAX_ROWS = 1_000
const MAX_COLUMNS = 100
const CELL = { ...DEFAULT_OPTIONS, __proto__: null, depth: 0, breakLength: Infinity } as InspectOptions

/** The table of `data`, or undefined when it has no rows. Getters are not called; never throws. */
export function formatTable(data: unknown, columns: unknown): string | undefined {
  try {
    return isObject(data) ? draw(data, columns) : undefined
  } catch {
    return undefined
  }
}

function draw(data: object, columns: unknown): string {
  const budget = createBudget()
  const heads = createList<string>()
  const index = new MapIntrinsic<string, number>()
  const rows = createList<string[]>()
  const addColumn = (key: string): number => {
    const known = mapGet(index, key)
    if (known !== undefined) return known
    if (heads.length >= MAX_COLUMNS) return -1
    arrayAppend(heads, key)
    mapSet(index, key, heads.length - 1)
    return heads.length - 1
  }
  addColumn('(index)')
  if (isArray(columns)) for (let at = 0; at < columns.length; at++) addColumn(`${columns[at]}`)
  const isFixed = heads.length > 1
  let values: string[] | undefined
  const keys = objectKeys(data)
  for (let at = 0; at < keys.length && at < MAX_ROWS; at++) {
    const key = keys[at] as string
    const row = createList<string>()
    row[0] = key
    const value = valueOf(data, key)
    if (isObject(value)) fillRow(row, value, isFixed ? (name) => mapGet(index, name) ?? -1 : addColumn, budget)
    else {
      values ??= createList<string>()
      values[rows.length] = inspect(value, CELL, budget)
    }
    arrayAppend(rows, row)
  }
  if (values !== undefined) {
    arrayAppend(heads, 'Values')
    for (let at = 0; at < rows.length; at++) (rows[at] as string[])[heads.length - 1] = values[at] ?? ''
  }
  return join(heads, rows)
}

function fillRow(row: string[], value: object, columnOf: (key: string) => number, budget: Budget): void {
  const keys = objectKeys(value)
  for (let at = 0; at < keys.length && at < MAX_COLUMNS; at++) {
    const key = keys[at] as string
    const column = columnOf(key)
    if (column > 0) row[column] = inspect(valueOf(value, key), CELL, budget)
  }
}

function valueOf(object: object, key: string): unknown {
  const descriptor = getOwnPropertyDescriptor(object, key)
  return descriptor === undefined ? undefined : descriptor.value
}

function join(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = createList<number>()
  for (let column = 0; column < heads.length; column++) {
    let width = displayWidth(heads[column] as string)
    for (let at = 0; at < rows.length; at++) {
      const cell = displayWidth((rows[at] as string[])[column] ?? '')
      if (cell > width) width = cell
    }
    widths[column] = width + 2
  }
  let text = `${border(widths, '┌', '┬', '┐')}\n${cells(heads, widths)}\n${border(widths, '├', '┼', '┤')}\n`
  for (let at = 0; at < rows.length; at++) text += `${cells(rows[at] as string[], widths)}\n`
  return text + border(widths, '└', '┴', '┘')
}

function border(widths: readonly number[], left: string, middle: string, right: string): string {
  let text = left
  for (let at = 0; at < widths.length; at++) text += (at === 0 ? '' : middle) + stringRepeat('─', widths[at] as number)
  return text + right
}

function cells(row: readonly string[], widths: readonly number[]): string {
  let text = '│'
  for (let at = 0; at < widths.length; at++) {
    const cell = row[at] ?? ''
    text += ` ${cell}${stringRepeat(' ', (widths[at] as number) - displayWidth(cell) - 1)}│`
  }
  return text
}
