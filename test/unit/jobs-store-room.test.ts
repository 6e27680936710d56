// What every engine of the job store does alike: making room, streams and lists.
import { describe, expect, test } from 'vitest'
import type { Job } from '../../src/jobs/job-state.ts'
import { RETENTION_MS } from '../../src/jobs/retention.ts'
import { ENGINES, FAILED_ENDING, INPUT, finishedJob, queuedJob, startedJob } from '../support/job-stores.ts'
import { createStoreBench } from '../support/store-bench.ts'

describe.each(ENGINES)('the $name store', ({ open }) => {
  const { clock, create, addFinished, kept } = createStoreBench(open)

  test('knows without asking how much it keeps, and how much it may', async () => {
    const store = await create({ maxJobs: 3, maxBytes: 10_000 })
    expect(store.figures).toEqual({ jobs: 0, maxJobs: 3, bytes: 0, maxBytes: 10_000 })
    await store.add(queuedJob('a'), { ...INPUT, input: 'x'.repeat(4_000) })
    await addFinished(store, 'b', 'run', 'x'.repeat(1_000))
    const { jobs, bytes } = store.figures
    expect(jobs).toBe(2)
    expect(bytes).toBeGreaterThanOrEqual(5_000)
    await store.remove('a')
    expect(store.figures.jobs).toBe(1)
    expect(store.figures.bytes).toBeLessThan(bytes - 4_000)
  })

  describe('full', () => {
    test('of jobs, drops the oldest results, those of /runsync first, and never an unfinished job', async () => {
      const store = await create({ maxJobs: 3 })
      await addFinished(store, 'r1', 'run')
      await addFinished(store, 's1', 'runsync')
      await store.add(queuedJob('open1'), INPUT)
      expect(await store.add(queuedJob('open2'), INPUT)).toBe(true)
      expect(await kept(store, 'r1', 's1', 'open1', 'open2')).toEqual(['r1', 'open1', 'open2'])
      expect(await store.add(queuedJob('open3'), INPUT)).toBe(true)
      expect(await store.add(queuedJob('open4'), INPUT)).toBe(false)
      expect(await kept(store, 'r1', 'open1', 'open2', 'open3', 'open4')).toEqual(['open1', 'open2', 'open3'])
    })

    test('of jobs, keeps those whose webhook is due', async () => {
      const store = await create({ maxJobs: 1 })
      const job = queuedJob('a')
      await store.add(job, INPUT)
      const done = { ...finishedJob(job, 0), webhookDueAt: 0 }
      await store.update(done)
      expect(await store.add(queuedJob('b'), INPUT)).toBe(false)
      await store.update({ ...done, webhookDueAt: null })
      expect(await store.add(queuedJob('b'), INPUT)).toBe(true)
      expect(await kept(store, 'a', 'b')).toEqual(['b'])
    })

    test('of bytes, drops the oldest results but keeps the newest, however large', async () => {
      const store = await create({ maxBytes: 10_000 })
      await addFinished(store, 'a', 'run', 'x'.repeat(4_000))
      await addFinished(store, 'b', 'run', 'x'.repeat(4_000))
      await addFinished(store, 'c', 'run', 'x'.repeat(4_000))
      expect(await kept(store, 'a', 'b', 'c')).toEqual(['b', 'c'])
      await addFinished(store, 'd', 'run', 'x'.repeat(40_000))
      expect(await kept(store, 'b', 'c', 'd')).toEqual(['d'])
    })

    test('of inputs or chunks of jobs that have not finished, takes no further job', async () => {
      const store = await create({ maxBytes: 10_000 })
      await store.add(queuedJob('a'), { ...INPUT, input: 'é'.repeat(2_000) })
      await store.addChunk('a', 'x'.repeat(1_000))
      await store.addChunk('a', 'x'.repeat(1_000))
      const large = { ...INPUT, input: 'x'.repeat(4_000) }
      expect(await store.add(queuedJob('b'), large)).toBe(false)
      await store.takeChunks('a', 1)
      expect(await store.add(queuedJob('b'), large)).toBe(false)
      await store.takeChunks('a', 1)
      expect(await store.add(queuedJob('b'), large)).toBe(true)
      expect(await kept(store, 'a', 'b')).toEqual(['a', 'b'])
    })

    test('takes no job that is larger than the store, and loses nothing by trying', async () => {
      const store = await create({ maxBytes: 10_000 })
      await addFinished(store, 'a', 'run')
      expect(await store.add(queuedJob('b'), { ...INPUT, input: 'x'.repeat(10_000) })).toBe(false)
      expect(await kept(store, 'a', 'b')).toEqual(['a'])
    })

    test('takes what there is room for once the time of others is over', async () => {
      const store = await create({ maxJobs: 1 })
      await store.add(queuedJob('a', { expiresAt: 10 }), INPUT)
      expect(await store.add(queuedJob('b'), INPUT)).toBe(false)
      clock.now = 10
      expect(await store.add(queuedJob('a'), INPUT)).toBe(true)
    })

    test('counts its bytes truly: after everything expired there is room for as much again', async () => {
      const store = await create({ maxBytes: 10_000 })
      for (let round = 0; round < 5; round += 1) {
        for (const name of ['a', 'b']) {
          const job = queuedJob(`${name}${round}`, { submittedAt: clock.now })
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          await store.add(job, INPUT)
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          await store.addChunk(job.id, 'y'.repeat(100))
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          await store.update(finishedJob(job, clock.now, { ...FAILED_ENDING, output: 'x'.repeat(3_800) }))
        }
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        expect(await kept(store, `a${round}`, `b${round}`)).toHaveLength(2)
        clock.now += RETENTION_MS.run
      }
    })
  })

  describe('the stream of a job', () => {
    test('comes out in the order in which it went in, each chunk once, as much at a time as asked for', async () => {
      const store = await create()
      const job = queuedJob('a')
      await store.add(job, INPUT)
      await store.add(queuedJob('b'), INPUT)
      const values = ['1', '"22"', '"é3"', '"😀"', '5']
      await Promise.all(values.map((value) => store.addChunk('a', value)))
      await store.addChunk('b', '"other"')
      expect(await store.takeChunks('a', 5)).toEqual(['1', '"22"'])
      expect(await store.takeChunks('a', 0)).toEqual(['"é3"'])
      await store.update(finishedJob(job, 1))
      expect(await store.takeChunks('a', 1_000)).toEqual(['"😀"', '5'])
      expect(await store.takeChunks('a', 1_000)).toEqual([])
      expect(await store.takeChunks('b', 1_000)).toEqual(['"other"'])
    })

    test('takes nothing more when the job has ended', async () => {
      const store = await create()
      await store.add(queuedJob('a'), INPUT)
      await store.update(finishedJob(queuedJob('a'), 1))
      await store.addChunk('a', '1')
      expect(await store.takeChunks('a', 10)).toEqual([])
    })

    test('has chunks of one MiB', async () => {
      const store = await create({ maxBytes: 10_000_000 })
      await store.add(queuedJob('a'), INPUT)
      const chunk = 'x'.repeat(1_048_576)
      await store.addChunk('a', chunk)
      await store.addChunk('a', chunk)
      const [first, ...others] = await store.takeChunks('a', 1_048_576)
      expect([first === chunk, others.length]).toEqual([true, 0])
    })
  })

  test('unfinished jobs are told oldest first, without their output', async () => {
    const store = await create()
    await store.add(queuedJob('c', { submittedAt: 2 }), INPUT)
    await store.add(queuedJob('a', { submittedAt: 1 }), INPUT)
    await store.add(queuedJob('b', { submittedAt: 1 }), INPUT)
    await addFinished(store, 'd', 'run')
    await store.update({ ...startedJob(queuedJob('a', { submittedAt: 1 }), 3), output: '1' })
    const jobs = await store.unfinished()
    expect(jobs.map(({ id, status, output }) => [id, status, output])).toEqual([
      ['a', 'IN_PROGRESS', null],
      ['b', 'IN_QUEUE', null],
      ['c', 'IN_QUEUE', null],
    ])
  })

  test('due webhooks are told oldest due first, with the output, and only when due', async () => {
    const store = await create()
    const dueAt = { a: 30, b: 10, c: 20, d: 10, e: null }
    for (const [id, webhookDueAt] of Object.entries(dueAt)) {
      const job = queuedJob(id, { webhook: 'http://h/' })
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await store.add(job, INPUT)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await store.update({ ...finishedJob(job, 1, { output: `"${id}"` }), webhookDueAt })
    }
    await store.add({ ...queuedJob('open'), webhookDueAt: 0 }, INPUT)
    const due = async (now: number, limit: number): Promise<readonly (string | null)[]> =>
      (await store.dueWebhooks(now, limit)).map(({ output }) => output)
    expect(await due(9, 10)).toEqual([])
    expect(await due(29, 10)).toEqual(['"b"', '"d"', '"c"'])
    expect(await due(30, 2)).toEqual(['"b"', '"d"'])
    const b = await store.get('b')
    if (b !== null) await store.update({ ...b, webhookTries: 1, webhookDueAt: 25, output: null })
    expect(await due(30, 10)).toEqual(['"d"', '"c"', '"b"', '"a"'])
    expect(await store.get('b')).toMatchObject({ webhookTries: 1, output: '"b"' })
  })

  test('an endpoint lists its jobs newest first, by status and page by page, without output', async () => {
    const store = await create()
    for (let index = 0; index < 6; index += 1) {
      const job = queuedJob(`a${index}`, { submittedAt: index })
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await store.add(job, INPUT)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      if (index % 2 === 0) await store.update(finishedJob(job, 10))
    }
    await store.add(queuedJob('other', { endpoint: 'orders' }), INPUT)
    const list = async (before: number | null, status: Job['status'] | null): Promise<readonly string[]> => {
      const jobs = await store.list('default', { limit: 2, before, status })
      expect(jobs.every(({ output }) => output === null)).toBe(true)
      return jobs.map(({ id }) => id)
    }
    expect([await list(null, null), await list(4, null), await list(0, null)]).toEqual([['a5', 'a4'], ['a3', 'a2'], []])
    expect([await list(null, 'COMPLETED'), await list(2, 'COMPLETED')]).toEqual([['a4', 'a2'], ['a0']])
    expect(await list(null, 'FAILED')).toEqual([])
  })
})
