// The prepared statements of the job database.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { DERIVED_COLUMNS, JOB_COLUMNS } from './job-rows.ts'

const ALL = [...JOB_COLUMNS, ...DERIVED_COLUMNS]
const JOB = JOB_COLUMNS.join(', ')
/** Whether the job is kept at the time that is bound to it. */
const KEPT = '(ends_at IS NULL OR ends_at > ?)'

export const SQL = {
  add: `INSERT INTO job (${ALL.join(', ')}, state_bytes, input_bytes, chunk_bytes)
    VALUES (${ALL.map(() => '?').join(', ')}, ?, ?, 0)`,
  replace: `UPDATE job SET ${ALL.map((name) => `${name} = ?`).join(', ')},
    state_bytes = ?, input_bytes = ?, chunk_bytes = ? WHERE seq = ?`,
  afterEnd: `UPDATE job SET expires_at = ?, webhook_tries = ?, webhook_due_at = ?,
    ends_at = ?, evict_rank = ?, due_at = ? WHERE seq = ?`,
  addChunkBytes: 'UPDATE job SET chunk_bytes = chunk_bytes + ? WHERE seq = ?',
  find: `SELECT seq, status, door, finished_at, state_bytes, input_bytes, chunk_bytes
    FROM job WHERE id = ? AND ${KEPT}`,
  findAny: 'SELECT seq FROM job WHERE id = ?',
  drop: 'DELETE FROM job WHERE seq = ?',
  job: `SELECT ${JOB}, seq FROM job WHERE id = ? AND ${KEPT}`,
  unfinished: `SELECT ${JOB} FROM job WHERE status IN ('IN_QUEUE', 'IN_PROGRESS') AND ${KEPT} ORDER BY submitted_at, seq`,
  due: `SELECT ${JOB}, seq FROM job WHERE due_at <= ? AND ${KEPT} ORDER BY due_at, seq LIMIT ?`,
  list: `SELECT ${JOB} FROM job WHERE endpoint = ? AND submitted_at < ? AND ${KEPT}
    ORDER BY submitted_at DESC, seq DESC LIMIT ?`,
  listStatus: `SELECT ${JOB} FROM job WHERE endpoint = ? AND submitted_at < ? AND ${KEPT} AND status = ?
    ORDER BY submitted_at DESC, seq DESC LIMIT ?`,
  addInput: 'INSERT INTO input VALUES (?, ?, ?, ?)',
  input: 'SELECT head, code, input FROM input WHERE seq = ?',
  dropInput: 'DELETE FROM input WHERE seq = ?',
  setOutput: 'INSERT OR REPLACE INTO output VALUES (?, ?)',
  output: 'SELECT value FROM output WHERE seq = ?',
  dropOutput: 'DELETE FROM output WHERE seq = ?',
  addChunk: 'INSERT INTO chunk (seq, value) VALUES (?, ?)',
  chunks: 'SELECT number, value FROM chunk WHERE seq = ? ORDER BY number',
  dropChunksTo: 'DELETE FROM chunk WHERE seq = ? AND number <= ?',
  totals: 'SELECT jobs, bytes, evictable_jobs, evictable_bytes FROM totals',
  expired: 'SELECT seq, bytes FROM job WHERE ends_at <= ? ORDER BY ends_at, seq LIMIT ?',
  evict: 'SELECT seq FROM job WHERE evict_rank IS NOT NULL ORDER BY evict_rank, ends_at, seq LIMIT 1',
} as const

export type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>

/** Rows come as arrays. */
export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = Object.entries(SQL).map(([name, sql]) => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return [name, statement] as const
  })
  return Object.fromEntries(prepared) as Statements
}
