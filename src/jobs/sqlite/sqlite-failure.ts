// What errors of SQLite mean for the store.
import type { DatabaseSync } from 'node:sqlite'

export const SQLITE_BUSY = 5
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_NOTADB = 26

/** Primary result code of SQLite; 0 for an error that is none of SQLite. */
export function resultCode(error: unknown): number {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : 0
  return typeof code === 'number' ? code & 0xff : 0
}

/** After which no answer of the database can be trusted. */
export function isDamaged(error: unknown): boolean {
  const code = resultCode(error)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}

/** A sentence for the operator. */
export function describeFailure(file: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  switch (resultCode(error)) {
    case SQLITE_FULL:
      return `The disk of ${file} is full, or the file is as large as it may get (JOB_BYTES).`
    case SQLITE_IOERR:
      return `${file} cannot be read or written: ${message}.`
    case SQLITE_BUSY:
      return `${file} is locked by another program.`
    case SQLITE_READONLY:
      return `${file} may not be written by this user.`
    default:
      return `The job database ${file} failed: ${message}.`
  }
}

/** The one number that a statement gives. */
export function numberOf(database: DatabaseSync, sql: string): number {
  const row = database.prepare(sql).get()
  const value = row === undefined ? 0 : Object.values(row)[0]
  return typeof value === 'number' ? value : 0
}
