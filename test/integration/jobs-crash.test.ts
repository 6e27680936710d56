// A process that keeps jobs in a file is killed at any moment, again and again: what was acknowledged is there.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobStore } from '../../src/jobs/job-store.ts'
import { JobTable } from '../../src/jobs/sqlite/job-table.ts'
import { openSqlite } from '../support/job-stores.ts'
import { TRUE_TOTALS } from '../support/true-totals.ts'

const KILLS = 6
const BOUNDS = { maxJobs: 1_000_000, maxBytes: 2 ** 32 }
const WRITER = join(import.meta.dirname, '..', 'fixtures', 'job-writer.ts')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobs-crash-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** What the process told of its steps, by job, until it was killed after so many. */
async function writeAndKill(file: string, prefix: string, steps: number): Promise<ReadonlyMap<string, string>> {
  const child = spawn(process.execPath, [WRITER, file, prefix], { stdio: ['ignore', 'pipe', 'inherit'] })
  const last = new Map<string, string>()
  let count = 0
  for await (const line of createInterface({ input: child.stdout })) {
    // A line that was being written when the process was killed is none.
    const [step = '', id = ''] = line.split(' ')
    if (/^(?:added|streamed|finished|removed)$/u.test(step) && id.split('-').length === 3) last.set(id, step)
    count += 1
    if (count === steps) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
  return last
}

async function findLost(store: JobStore, told: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const checks = [...told].map(async ([id, step]) => {
    const [job, input] = [await store.get(id), await store.input(id)]
    const text = JSON.stringify(id)
    // The step after the last one that was told may have been stored, too.
    if (step === 'removed') return job === null ? [] : [`${id} came back`]
    if (job === null) return step === 'finished' ? [] : [`${id} was ${step} and is gone`]
    if (job.status === 'COMPLETED') return job.output === text ? [] : [`${id} has no result`]
    if (step === 'finished') return [`${id} was finished and is ${job.status}`]
    if (input?.input !== text) return [`${id} has no input`]
    const chunks = step === 'streamed' ? await store.takeChunks(id, 1_000) : [text]
    return chunks.join('') === text ? [] : [`${id} has no chunk`]
  })
  return (await Promise.all(checks)).flat()
}

test(`after each of ${KILLS} kills everything that was acknowledged is there`, { timeout: 120_000 }, async () => {
  const file = join(folder, 'jobs.sqlite')
  let finished = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const told = await writeAndKill(file, `k${kill}`, 50 + 137 * kill)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await using store = await openSqlite({ file, ...BOUNDS, now: Date.now })
    expect(told.size).toBeGreaterThan(8)
    {
      using database = new DatabaseSync(file, { readOnly: true })
      expect(new JobTable(database, BOUNDS).totals).toEqual(database.prepare(TRUE_TOTALS).get())
    }
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await findLost(store, told)).toEqual([])
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const completed = await store.list('default', { limit: 1_000_000, before: null, status: 'COMPLETED' })
    expect(completed.length).toBeGreaterThanOrEqual(finished)
    finished = completed.length
  }
  expect(finished).toBeGreaterThan(0)
})
