// Rows as the statements give them, which the types of node:sqlite know as records only.
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { Cells } from './job-rows.ts'

export function firstRow(statement: StatementSync, ...values: readonly SQLInputValue[]): Cells | null {
  return (statement.get(...values) ?? null) as Cells | null
}

export function allRows(statement: StatementSync, ...values: readonly SQLInputValue[]): readonly Cells[] {
  return statement.all(...values) as unknown as readonly Cells[]
}

export function eachRow(statement: StatementSync, ...values: readonly SQLInputValue[]): Iterable<Cells> {
  return statement.iterate(...values) as unknown as Iterable<Cells>
}
