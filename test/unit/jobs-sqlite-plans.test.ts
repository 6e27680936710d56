// How SQLite means to answer each statement of the store: by an index, however many jobs there are.
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/jobs/sqlite/open-database.ts'
import { SQL } from '../../src/jobs/sqlite/statements.ts'

/** What is read once, at the start, and whole. */
const MAY_SCAN: Readonly<Record<string, readonly string[]>> = {
  totals: ['SCAN job'],
  unfinished: ['USE TEMP B-TREE FOR ORDER BY'],
}

describe('the statements', () => {
  const opened = openDatabase({ file: ':memory:', sync: 'normal', maxFileBytes: 1e9 })
  if (!opened.ok) throw new Error(opened.message)
  const { database } = opened.opened

  test.each(Object.entries(SQL))('%s reads by an index', (name, sql) => {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    const steps = plan
      .all(...Array.from({ length: sql.split('?').length - 1 }, () => 1))
      .map((row) => String(row['detail']))
    const slow = steps.filter((step) => step.startsWith('SCAN') || step.includes('TEMP B-TREE'))
    expect(slow.filter((step) => !(MAY_SCAN[name] ?? []).includes(step))).toEqual([])
  })
})
