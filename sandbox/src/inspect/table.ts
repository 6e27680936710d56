// A table in a frame of lines, in the form of Node's `console.table`.
import {
  getOwnPropertyDescriptor,
  isArray,
  isObject,
  mapEntries,
  mapIteratorNext,
  mapSize,
  mathMin,
  objectHasOwn,
  objectKeys,
  setIteratorNext,
  setSize,
  setValues,
  toText,
  typedArrayLength,
  typedArrayName,
} from '../intrinsics.ts'
import { DEFAULT_OPTIONS, isSpent, take } from './context.ts'
import type { Budget, InspectOptions } from './context.ts'
import { hasReadableKeys } from './elements.ts'
import { createGrid, drawGrid, setCell } from './grid.ts'
import type { Grid } from './grid.ts'
import { append, createList } from './list.ts'
import type { List } from './list.ts'
import { ownData } from './read.ts'
import { inspect } from './value.ts'

/** What a table shows at most; the rest is left out. */
const MAX_ROWS = 1_000
const MAX_COLUMNS = 100

const CELL = {
  ...DEFAULT_OPTIONS,
  __proto__: null,
  depth: 0,
  maxArrayLength: 3,
  breakLength: Infinity,
} as InspectOptions
/** For objects with more than two properties. */
const CROWDED_CELL = { ...CELL, __proto__: null, depth: -1 } as InspectOptions

/** `columns`, if it is an array, names the properties to show. May throw what the traps of a proxy throw. */
export function formatTable(data: object, columns: unknown, budget: Budget): string {
  if (hasSize(mapSize, data)) return tableOfMap(data as Map<unknown, unknown>, budget)
  if (hasSize(setSize, data)) return tableOfSet(data as Set<unknown>, budget)
  const wanted = isObject(columns) && isArray(columns) ? listNames(columns) : undefined
  const grid = createGrid('(index)')
  const keys = listRows(data)
  const rows = mathMin(keys.length, MAX_ROWS)
  for (let row = 0; row < rows && !isSpent(budget); row++) {
    const key = keys[row] as string
    setCell(grid.index, row, take(budget, key))
    addRow(grid, row, data, key, wanted, budget)
  }
  return drawGrid(grid, rows) + (keys.length > rows ? `\n... ${keys.length - rows} more rows` : '')
}

/** The built-in getter of the size throws for everything else. */
function hasSize(getter: (value: never) => unknown, value: object): boolean {
  try {
    getter(value as never)
    return true
  } catch {
    return false
  }
}

function tableOfMap(map: Map<unknown, unknown>, budget: Budget): string {
  const grid = createGrid('(iteration index)')
  grid.named['Key'] = createList<string>()
  grid.values = createList<string>()
  const iterator = mapEntries(map)
  const rows = mathMin(mapSize(map), MAX_ROWS)
  for (let row = 0; row < rows && !isSpent(budget); row++) {
    const step = mapIteratorNext(iterator)
    if (step.done) break
    setCell(grid.index, row, `${row}`)
    setCell(grid.named['Key'], row, formatCell(step.value[0], budget))
    setCell(grid.values, row, formatCell(step.value[1], budget))
  }
  return drawGrid(grid, rows)
}

function tableOfSet(set: Set<unknown>, budget: Budget): string {
  const grid = createGrid('(iteration index)')
  grid.values = createList<string>()
  const iterator = setValues(set)
  const rows = mathMin(setSize(set), MAX_ROWS)
  for (let row = 0; row < rows && !isSpent(budget); row++) {
    const step = setIteratorNext(iterator)
    if (step.done) break
    setCell(grid.index, row, `${row}`)
    setCell(grid.values, row, formatCell(step.value, budget))
  }
  return drawGrid(grid, rows)
}

/** One key for each row; for long arrays without asking for all keys. */
function listRows(data: object): Readonly<List<string>> {
  const length = typedArrayName(data) === undefined ? ownData(data, 'length') : typedArrayLength(data)
  const isList = isArray(data) || typedArrayName(data) !== undefined
  if (!isList || typeof length !== 'number' || hasReadableKeys(data, length)) return objectKeys(data)
  const keys = createList<string>()
  for (let index = 0; index < MAX_ROWS; index++) append(keys, `${index}`)
  return keys
}

function listNames(columns: object): List<string> {
  const names = createList<string>()
  for (let index = 0; index < MAX_COLUMNS; index++) {
    const name = ownData(columns, index)
    if (typeof name !== 'string' && typeof name !== 'number') break
    append(names, toText(name))
  }
  return names
}

function addRow(
  grid: Grid,
  row: number,
  data: object,
  key: string,
  wanted: List<string> | undefined,
  budget: Budget,
): void {
  const item = ownData(data, key)
  if (!isObject(item) && wanted === undefined) {
    setCell((grid.values ??= createList<string>()), row, formatMember(data, key, budget))
    return
  }
  const keys = wanted ?? objectKeys(item as object)
  const count = mathMin(keys.length, MAX_COLUMNS)
  for (let at = 0; at < count && !isSpent(budget); at++) {
    const name = keys[at] as string
    let cells = grid.named[name]
    if (cells === undefined) {
      if (grid.columns >= MAX_COLUMNS) continue
      grid.columns += 1
      cells = createList<string>()
      grid.named[name] = cells
    }
    if (isObject(item) && objectHasOwn(item, name)) setCell(cells, row, formatMember(item, name, budget))
  }
}

/** A property as a cell; getters are not run. */
function formatMember(target: object, key: string, budget: Budget): string {
  const descriptor = getOwnPropertyDescriptor(target, key)
  if (descriptor === undefined) return ''
  return objectHasOwn(descriptor, 'value') ? formatCell(descriptor.value, budget) : '[Getter]'
}

function formatCell(value: unknown, budget: Budget): string {
  const isCrowded = isObject(value) && typeof value !== 'function' && !isArray(value) && objectKeys(value).length > 2
  return inspect(value, isCrowded ? CROWDED_CELL : CELL, budget)
}
