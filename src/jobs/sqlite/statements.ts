// The prepared statements of the job database.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { DERIVED_COLUMNS, EVICT_RANKS, HELD, JOB_COLUMNS } from './job-rows.ts'

const ALL = [...JOB_COLUMNS, ...DERIVED_COLUMNS]
/** All but the id, which is in an index that would be written again. */
const CHANGING = ALL.filter((name) => name !== 'id')
const JOB = JOB_COLUMNS.join(', ')
/** Whether the job is kept at the time that is bound to it. */
const KEPT = '(ends_at IS NULL OR ends_at > ?)'

export const SQL = {
  add: `INSERT INTO job (${ALL.join(', ')}, state_bytes, input_bytes, chunk_bytes)
    VALUES (${ALL.map(() => '?').join(', ')}, ?, ?, 0) ON CONFLICT (id) DO NOTHING`,
  replace: `UPDATE job SET ${CHANGING.map((name) => `${name} = ?`).join(', ')},
    state_bytes = ?, input_bytes = ?, chunk_bytes = ? WHERE seq = ?`,
  afterEnd: `UPDATE job SET expires_at = ?, webhook_tries = ?, webhook_due_at = ?,
    ends_at = ?, evict_rank = ?, due_at = ? WHERE seq = ?`,
  addChunkBytes: 'UPDATE job SET chunk_bytes = chunk_bytes + ? WHERE seq = ?',
  find: `SELECT seq, status, door, finished_at, retries, state_bytes, input_bytes, chunk_bytes, evict_rank
    FROM job WHERE id = ? AND ${KEPT}`,
  findAny: 'SELECT seq FROM job WHERE id = ?',
  drop: 'DELETE FROM job WHERE seq = ? RETURNING bytes, evict_rank',
  job: `SELECT ${JOB}, seq FROM job WHERE id = ? AND ${KEPT}`,
  unfinished: `SELECT ${JOB} FROM job WHERE status IN ('IN_QUEUE', 'IN_PROGRESS') AND ${KEPT} ORDER BY submitted_at, seq`,
  due: `SELECT ${JOB}, seq FROM job WHERE due_at <= ? AND ${KEPT} ORDER BY due_at, seq LIMIT ?`,
  list: `SELECT ${JOB}, seq FROM job WHERE status = ? AND endpoint = ? AND submitted_at < ? AND ${KEPT}
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
  totals: `SELECT count(*), coalesce(sum(bytes), 0), count(*) FILTER (WHERE evict_rank < ${HELD}),
    coalesce(sum(bytes) FILTER (WHERE evict_rank < ${HELD}), 0) FROM job`,
  expired: `SELECT seq, bytes FROM job WHERE evict_rank IN (${EVICT_RANKS.join(', ')}) AND ends_at <= ? LIMIT ?`,
  evict: `SELECT seq FROM job WHERE evict_rank < ${HELD} ORDER BY evict_rank, ends_at, seq LIMIT 1`,
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
