// The totals that the thread of the database counts in its memory, against what is in the tables.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Job } from '../../src/jobs/job-state.ts'
import { GroupCommit } from '../../src/jobs/sqlite/group-commit.ts'
import { JobTable } from '../../src/jobs/sqlite/job-table.ts'
import type { Answer, Call, Operation } from '../../src/jobs/sqlite/messages.ts'
import { openDatabase } from '../../src/jobs/sqlite/open-database.ts'
import { FAILED_ENDING, finishedJob, queuedJob, startedJob } from '../support/job-stores.ts'
import { TRUE_TOTALS } from '../support/true-totals.ts'

const BOUNDS = { maxJobs: 8, maxBytes: 60_000 }
/** So that some of what the bounds allow does not fit into the file. */
const FILE_BYTES = 100_000
const INPUT = { head: 'h', code: 'é', input: '' }

const TEXT = fc.oneof(fc.nat({ max: 3_000 }), fc.constantFrom(20_000, 50_000)).map((length) => 'x'.repeat(length))
const ID = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j')

const job = fc
  .record({
    id: ID,
    door: fc.constantFrom('run', 'runsync'),
    expiresAt: fc.constantFrom(null, 500),
    webhook: fc.constantFrom(null, 'http://h/'),
  })
  .map(({ id, ...given }) => queuedJob(id, given))

const split = ({ output, ...state }: Job) => ({ job: state, output })

function add([one, input]: readonly [Job, string]): Operation {
  return { type: 'add', ...split(one), input: { ...INPUT, input } }
}

function update([one, output, kind]: readonly [Job, string, number]): Operation {
  return { type: 'update', ...split(changed(one, output, kind)) }
}

function changed(one: Job, output: string, kind: number): Job {
  const ended = finishedJob(one, 2, { output, ...(kind === 1 ? FAILED_ENDING : {}) })
  if (kind === 2) return { ...startedJob(one, 1), output }
  if (kind === 3) return startedJob(one, 1)
  return kind === 4 ? { ...ended, webhookDueAt: null } : ended
}

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(job, TEXT).map(add),
  fc.tuple(job, TEXT, fc.nat({ max: 4 })).map(update),
  job.map((one) => ({ type: 'restart' as const, job: split(one).job })),
  ID.map((id) => ({ type: 'remove' as const, id })),
  fc.tuple(ID, TEXT).map(([id, value]) => ({ type: 'addChunk' as const, id, value })),
  ID.map((id) => ({ type: 'takeChunks' as const, id, maxCharacters: 4_000 })),
  fc.constant({ type: 'clean' as const }),
)

test('are true after every group of operations, with those that fail and those that a full disk takes along', () => {
  const seen = { contract: 0, full: 0, evictable: 0 }
  const see = (answer: Answer): void => {
    if (answer.type === 'failed') seen[answer.isContract ? 'contract' : 'full'] += 1
  }
  fc.assert(
    fc.property(fc.array(fc.array(operation, { minLength: 1, maxLength: 6 }), { minLength: 10 }), (groups) => {
      const result = openDatabase({ file: ':memory:', sync: 'normal', maxFileBytes: FILE_BYTES })
      if (!result.ok) throw new Error(result.message)
      using opened = result.opened
      const { database } = opened
      const table = new JobTable(database, BOUNDS)
      const group = new GroupCommit(database, table, 'jobs.sqlite')
      for (const [index, operations] of groups.entries()) {
        const calls = operations.map((one, number): Call => ({ number, now: index * 50, operation: one }))
        const answers = group.run(calls)
        expect(answers.map(({ number }) => number)).toEqual(calls.map(({ number }) => number))
        answers.forEach(see)
        seen.evictable += table.totals.evictableJobs
        expect(table.totals).toEqual(database.prepare(TRUE_TOTALS).get())
        expect(new JobTable(database, BOUNDS).totals).toEqual(table.totals)
      }
    }),
    { numRuns: 60 },
  )
  // Otherwise the groups would show little.
  expect(Math.min(seen.contract, seen.full, seen.evictable)).toBeGreaterThan(5)
})
