// The job database as a file: who may open it, what it refuses, what happens when the disk or its thread fails.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync, backup } from 'node:sqlite'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { JobStoreError } from '../../src/jobs/job-store.ts'
import type { SqliteJobStore, SqliteJobStoreOptions } from '../../src/jobs/sqlite/sqlite-job-store.ts'
import { FAILED_ENDING, INPUT, finishedJob, openSqlite, queuedJob } from '../support/job-stores.ts'
import { until } from '../support/test-service.ts'

const WRITER = join(import.meta.dirname, '..', 'fixtures', 'job-writer.ts')

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobs-sqlite-'))
  file = join(folder, 'data', 'jobs.sqlite')
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const openStore = async (options: Partial<SqliteJobStoreOptions> = {}): Promise<SqliteJobStore> =>
  openSqlite({ file, maxJobs: 1_000, maxBytes: 100_000_000, now: () => 0, ...options })

/** Leaves a database with a job behind. */
async function leaveJob(): Promise<void> {
  await using store = await openStore()
  await store.add(queuedJob('a'), INPUT)
}

/** Runs statements on the file as another program would. */
function alter(sql: string): void {
  using database = new DatabaseSync(file)
  database.exec(sql)
}

describe('the file', () => {
  test.each(['normal', 'full'] as const)('has after a restart what was stored before (%s)', async (sync) => {
    const failed = finishedJob(queuedJob('b', { endpoint: 'orders' }), 5, { ...FAILED_ENDING, output: '1' })
    {
      await using store = await openStore({ sync })
      await store.add(queuedJob('a'), INPUT)
      await store.addChunk('a', '1')
      await store.add(queuedJob('b', { endpoint: 'orders' }), INPUT)
      // Not waited for: what was asked for before the end is done.
      void store.update(failed)
    }
    await using store = await openStore({ sync })
    expect((await store.unfinished()).map(({ id }) => id)).toEqual(['a'])
    expect([await store.input('a'), await store.takeChunks('a', 10)]).toEqual([INPUT, ['1']])
    expect(await store.get('b')).toEqual(failed)
  })

  test('can be read by nobody else, and neither can its journals', async () => {
    await using store = await openStore()
    await store.add(queuedJob('a'), INPUT)
    const names = await readdir(join(folder, 'data'))
    expect(names.toSorted()).toEqual(['jobs.sqlite', 'jobs.sqlite-lock', 'jobs.sqlite-shm', 'jobs.sqlite-wal'])
    const modes = await Promise.all(names.map(async (name) => (await stat(join(folder, 'data', name))).mode & 0o777))
    expect(modes).toEqual(names.map(() => 0o600))
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o711)
  })

  test('is one that other programs can back up while it is in use', async () => {
    const copy = join(folder, 'copy.sqlite')
    {
      await using store = await openStore()
      await store.add(queuedJob('a'), INPUT)
      using source = new DatabaseSync(file, { readOnly: true })
      await backup(source, copy)
      await store.add(queuedJob('b'), INPUT)
    }
    await using restored = await openStore({ file: copy })
    expect((await restored.unfinished()).map(({ id }) => id)).toEqual(['a'])
  })

  test('does not keep what was deleted in rows of other tables', async () => {
    {
      await using store = await openStore()
      await store.add(queuedJob('a'), INPUT)
      await store.addChunk('a', '1')
      await store.add(queuedJob('b'), INPUT)
      await store.update(finishedJob(queuedJob('b'), 0))
      await Promise.all(['a', 'b'].map((id) => store.remove(id)))
    }
    using database = new DatabaseSync(file)
    const counts = ['job', 'input', 'output', 'chunk'].map(
      (table) => database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows'],
    )
    expect(counts).toEqual([0, 0, 0, 0])
  })

  test('loses the rows of jobs whose time is over by itself, a few at a time', async () => {
    const clock = { now: 0 }
    await using store = await openStore({ now: () => clock.now })
    await Promise.all(
      Array.from({ length: 300 }, (_, index) => store.add(queuedJob(`a${index}`, { expiresAt: 5 }), INPUT)),
    )
    using reader = new DatabaseSync(file, { readOnly: true })
    const count = reader.prepare('SELECT count(*) AS jobs FROM job')
    expect(count.get()).toEqual({ jobs: 300 })
    clock.now = 5
    await until(() => count.get()?.['jobs'] === 0, 10_000)
  })
})

describe('a folder that is in use', () => {
  const refusal = /jobs\.sqlite is in use by another service that is running; end that one, or .*DATA_DIR/u

  test('is refused to a second store, of this process or of another, until the first one ends', async () => {
    {
      await using store = await openStore()
      await store.add(queuedJob('a'), INPUT)
      await expect(openStore()).rejects.toThrow(refusal)
      const child = spawn(process.execPath, [WRITER, file, 'b'], { stdio: ['ignore', 'ignore', 'pipe'] })
      let complaint = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
      expect(await once(child, 'close')).toEqual([1, null])
      expect(complaint).toMatch(refusal)
    }
    await using again = await openStore()
    expect((await again.unfinished()).map(({ id }) => id)).toEqual(['a'])
  })

  test('is free at once when its service was killed, although the lock file is still there', async () => {
    const child = spawn(process.execPath, [WRITER, file, 'a'], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(createInterface({ input: child.stdout }), 'line')
    await expect(openStore()).rejects.toThrow(refusal)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await readdir(join(folder, 'data'))).toContain('jobs.sqlite-lock')
    await using store = await openStore()
    expect((await store.unfinished()).length).toBeGreaterThan(0)
  })
})

describe('a file that cannot be used', () => {
  const REFUSED = [
    ['is no database', async () => writeFile(file, 'x'.repeat(10_000)), /is damaged .*move it away/u],
    [
      'was cut off',
      async () => {
        await using handle = await open(file, 'r+')
        await handle.truncate(5_000)
      },
      /is damaged .*move it away/u,
    ],
    [
      'has a damaged table of contents',
      async () => {
        await using handle = await open(file, 'r+')
        await handle.write(Buffer.alloc(3_000, 0xee), 0, 3_000, 100)
      },
      /is damaged .*move it away/u,
    ],
    [
      'has a damaged table of jobs',
      async () => {
        await using handle = await open(file, 'r+')
        await handle.write(Buffer.alloc(4_096, 0xee), 0, 4_096, 4_096)
      },
      /is damaged .*move it away/u,
    ],
    ['is of a newer release', () => alter('PRAGMA user_version = 7'), /newer release \(its version is 7, .*knows 1\)/u],
    ['is of another program', () => alter('PRAGMA application_id = 5'), /a database of another program; move it away/u],
    [
      'is a folder',
      async () => {
        await rm(file)
        await mkdir(file)
      },
      /cannot be opened .*JOB_STORE=memory/u,
    ],
  ] as const

  test.each(REFUSED)('because it %s is refused by name, and stays as it is', async (_what, damage, message) => {
    await leaveJob()
    await damage()
    const before = (await stat(file)).isFile() ? readFileSync(file) : null
    await expect(openStore()).rejects.toThrow(message)
    await expect(openStore()).rejects.toThrow(file)
    if (before !== null) expect(readFileSync(file).equals(before)).toBe(true)
  })

  test('because its folder cannot be made is refused by name', async () => {
    await writeFile(join(folder, 'data'), '')
    await expect(openStore()).rejects.toThrow(/jobs\.sqlite cannot be opened .*JOB_STORE=memory/u)
  })

  test('because of damage that shows later ends the store, and everything is answered', async () => {
    {
      await using store = await openStore()
      const jobs = Array.from({ length: 300 }, (_, index) => queuedJob(`a${index}`))
      await Promise.all(jobs.map((job) => store.add(job, { ...INPUT, input: 'x'.repeat(4_000) })))
    }
    const told: string[] = []
    await using store = await openStore({ onLost: (message) => told.push(message) })
    {
      await using handle = await open(file, 'r+')
      const { size } = await handle.stat()
      // Behind the schema and the first pages of each table.
      await handle.write(Buffer.alloc(size - 200_000, 0xee), 0, size - 200_000, 150_000)
    }
    const answers = await Promise.allSettled(Array.from({ length: 300 }, (_, index) => store.input(`a${index}`)))
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []))
    expect(failures.length).toBeGreaterThan(0)
    expect(failures.every((error) => error instanceof JobStoreError)).toBe(true)
    expect(told).toEqual([expect.stringMatching(/jobs\.sqlite is damaged .*move it away together with its -wal/u)])
    expect(store.failure).toMatchObject({ code: 'JOBS_UNAVAILABLE' })
    await expect(store.add(queuedJob('b'), INPUT)).rejects.toThrow('is damaged')
  })
})

describe('a disk without room', () => {
  const LARGE = { ...INPUT, input: 'x'.repeat(300_000) }

  test('fails what does not fit and nothing else, and takes jobs again when there is room', async () => {
    const failed: string[] = []
    await using store = await openStore({ maxFileBytes: 1_000_000, onFailed: (message) => failed.push(message) })
    await store.add(queuedJob('small'), INPUT)
    const large = ['a', 'b', 'c', 'd', 'e', 'f']
    const [answers, others] = await Promise.all([
      Promise.allSettled(large.map((id) => store.add(queuedJob(id), LARGE))),
      Promise.allSettled([store.get('small'), store.addChunk('small', '1'), store.unfinished()]),
    ])
    const added = large.filter((_, index) => answers[index]?.status === 'fulfilled')
    const refused = answers.filter(({ status }) => status === 'rejected')
    expect([added.length > 0, refused.length > 0]).toEqual([true, true])
    expect(refused[0]).toMatchObject({ reason: { failure: { code: 'JOBS_UNAVAILABLE' } } })
    expect(failed).toHaveLength(refused.length)
    expect(failed[0]).toMatch(/The disk of .*jobs\.sqlite is full/u)
    expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    expect((await store.unfinished()).map(({ id }) => id)).toEqual(['small', ...added])
    expect(store.failure).toBeNull()
    await Promise.all(added.map((id) => store.remove(id)))
    expect(await store.add(queuedJob('again'), LARGE)).toBe(true)
    expect((await store.input('again'))?.input === LARGE.input).toBe(true)
  })

  test('fails one operation of many that are done together', async () => {
    await using store = await openStore({ maxFileBytes: 500_000 })
    const ids = Array.from({ length: 40 }, (_, index) => `a${index}`)
    const answers = await Promise.allSettled(
      ids.map((id, index) =>
        store.add(queuedJob(id), index === 20 ? { ...INPUT, input: 'x'.repeat(2_000_000) } : INPUT),
      ),
    )
    expect(answers.map(({ status }, index) => status === (index === 20 ? 'rejected' : 'fulfilled'))).not.toContain(
      false,
    )
    expect(await store.get('a20')).toBeNull()
    expect((await store.unfinished()).length).toBe(39)
  })
})

test('a database that another program has locked fails what is to be written, and works again after that', async () => {
  await using store = await openStore()
  using other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')
  const answers = await Promise.allSettled(['a', 'b', 'c'].map((id) => store.add(queuedJob(id), INPUT)))
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(answers[0]).toMatchObject({ reason: { message: expect.stringContaining('is locked by another program') } })
  other.exec('ROLLBACK')
  expect(await store.add(queuedJob('a'), INPUT)).toBe(true)
})

describe('what happens to the thread or to too many operations', () => {
  test('the end of the thread rejects what is under way and all that follows, and is told once', async () => {
    const told: string[] = []
    const created = once(process, 'worker') as Promise<[Worker]>
    const store = await openStore({ onLost: (message) => told.push(message) })
    const [thread] = await created
    await store.add(queuedJob('a'), INPUT)
    const pending = Array.from({ length: 50 }, (_, index) => store.add(queuedJob(`b${index}`), INPUT))
    const settled = Promise.allSettled(pending)
    await thread.terminate()
    expect((await settled).filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0)
    await expect(store.get('a')).rejects.toThrow(/has ended .*until the service is started again/u)
    expect(told).toEqual([expect.stringContaining(file)])
    expect(store.failure).toMatchObject({ code: 'JOBS_UNAVAILABLE' })
    await store[Symbol.asyncDispose]()
    await using again = await openStore()
    expect((await again.get('a'))?.status).toBe('IN_QUEUE')
  })

  test('more operations than may wait are refused, but none that says what became of a job', async () => {
    await using store = await openStore({ maxJobs: 100_000 })
    await store.add(queuedJob('a'), INPUT)
    const reads = Array.from({ length: 30_000 }, () => store.input('a'))
    const updated = store.update(finishedJob(queuedJob('a'), 0))
    const answers = await Promise.allSettled(reads)
    const refused = answers.filter(({ status }) => status === 'rejected')
    // One is with the thread.
    expect(refused).toHaveLength(30_000 - 1 - 16_384)
    expect(refused[0]).toMatchObject({ reason: { message: '16384 operations wait for the job store already.' } })
    await updated
    expect((await store.get('a'))?.status).toBe('COMPLETED')
  })

  test('many large results at once come out whole, although only a part of them is on its way at a time', async () => {
    await using store = await openStore({ maxBytes: 1_000_000_000 })
    const text = 'x'.repeat(3_000_000)
    await store.add(queuedJob('a'), INPUT)
    await store.update(finishedJob(queuedJob('a'), 0, { output: text }))
    const answers = await Promise.all(Array.from({ length: 60 }, () => store.get('a')))
    expect(answers.filter((job) => job?.output === text)).toHaveLength(60)
  })

  test('after its end the store refuses everything', async () => {
    const store = await openStore()
    await store[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await expect(store.get('a')).rejects.toThrow('closed')
    expect(store.failure).not.toBeNull()
  })
})
