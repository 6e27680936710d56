// What every engine of the job store does alike: keeping a job from its beginning to its end.
import { describe, expect, test } from 'vitest'
import type { Job } from '../../src/jobs/job-state.ts'
import { RETENTION_MS } from '../../src/jobs/retention.ts'
import { ENGINES, FAILED_ENDING, INPUT, finishedJob, queuedJob, startedJob } from '../support/job-stores.ts'
import { createStoreBench } from '../support/store-bench.ts'

describe.each(ENGINES)('the $name store', ({ open }) => {
  const { clock, create, addFinished, kept } = createStoreBench(open)

  describe('what it gives back', () => {
    test('is every field of a job and of its input, as they were', async () => {
      const store = await create()
      const job: Job = {
        ...queuedJob('a', { endpoint: 'orders', door: 'runsync', submittedAt: 1_000, expiresAt: 9_000 }),
        executionTimeoutMs: 5_000,
        isLowPriority: true,
        isStreamAggregated: true,
        retries: 2,
        webhook: 'http://h/é',
      }
      await store.add(job, { head: '{"a":"\u0000é€😀"}', code: 'return "\ud800"', input: 'x'.repeat(200_000) })
      expect(await store.get('a')).toEqual(job)
      expect(await store.input('a')).toEqual({
        head: '{"a":"\u0000é€😀"}',
        code: 'return "\ud800"',
        input: 'x'.repeat(200_000),
      })
      const done = {
        ...finishedJob(startedJob(job, 1_100), 1_200, { ...FAILED_ENDING, output: '"é\udfff"' }),
        webhookDueAt: 1_300,
      }
      await store.update(done)
      expect(await store.get('a')).toEqual(done)
    })

    test('is a text of 10 MB, of one-byte and of other characters', async () => {
      const store = await create({ maxBytes: 100_000_000 })
      const texts = ['x'.repeat(10_000_000), 'é€'.repeat(1_000_000)]
      const jobs = await Promise.all(
        texts.map(async (output, index) => {
          const job = queuedJob(`a${index}`)
          await store.add(job, { ...INPUT, input: output })
          expect((await store.input(job.id))?.input === output).toBe(true)
          await store.update(finishedJob(job, 1, { output }))
          return store.get(job.id)
        }),
      )
      expect(jobs.map((job, index) => job?.output === texts[index])).toEqual([true, true])
    })

    test('is nothing of a job that there never was', async () => {
      const store = await create()
      expect(await store.get('none')).toBeNull()
      expect(await store.input('none')).toBeNull()
      expect(await store.takeChunks('none', 10)).toEqual([])
      await store.update(queuedJob('none'))
      await store.remove('none')
      await store.addChunk('none', '1')
      expect(await store.restart(queuedJob('none'))).toBe(false)
    })

    test('is the state after all operations that were called before, waited for or not', async () => {
      const store = await create()
      const job = queuedJob('a')
      const [added, , started, , finished, input] = await Promise.all([
        store.add(job, INPUT),
        store.update(startedJob(job, 1)),
        store.get('a'),
        store.update(finishedJob(startedJob(job, 1), 2)),
        store.get('a'),
        store.input('a'),
      ])
      expect(added).toBe(true)
      expect([started?.status, finished?.status, input]).toEqual(['IN_PROGRESS', 'COMPLETED', null])
    })
  })

  describe('the life of a job', () => {
    test.each(['run', 'runsync'] as const)(
      'is over the retention time of /%s after its end, and has no end before that',
      async (door) => {
        const store = await create()
        await addFinished(store, 'done', door)
        await store.add(queuedJob('open', { door }), INPUT)
        clock.now = RETENTION_MS[door] - 1
        expect(await kept(store, 'done', 'open')).toEqual(['done', 'open'])
        clock.now = RETENTION_MS[door]
        expect(await kept(store, 'done', 'open')).toEqual(['open'])
      },
    )

    test('is over at `expiresAt`, for an unfinished job and for one whose webhook is due', async () => {
      const store = await create()
      await store.add(queuedJob('open', { expiresAt: 100 }), INPUT)
      const told = queuedJob('told', { expiresAt: 100, webhook: 'http://h/' })
      await store.add(told, INPUT)
      await store.update({ ...finishedJob(told, 1), webhookDueAt: 1 })
      clock.now = 99
      expect(await kept(store, 'open', 'told')).toEqual(['open', 'told'])
      clock.now = 100
      expect(await kept(store, 'open', 'told')).toEqual([])
      expect(await store.input('open')).toBeNull()
      expect(await store.unfinished()).toEqual([])
      expect(await store.dueWebhooks(1_000, 10)).toEqual([])
      expect(await store.list('default', { limit: 10, before: null, status: null })).toEqual([])
      await store.update(finishedJob(queuedJob('open'), 101))
      expect(await kept(store, 'open')).toEqual([])
    })

    test('may end earlier or later by a new `expiresAt`, finished or not', async () => {
      const store = await create()
      await store.add(queuedJob('open', { expiresAt: 100 }), INPUT)
      await store.update(queuedJob('open', { expiresAt: 200 }))
      const done = await addFinished(store, 'done', 'run')
      await store.update({ ...done, expiresAt: 150 })
      clock.now = 149
      expect(await kept(store, 'open', 'done')).toEqual(['open', 'done'])
      clock.now = 150
      expect(await kept(store, 'open', 'done')).toEqual(['open'])
      clock.now = 200
      expect(await kept(store, 'open')).toEqual([])
    })

    test('lasts until its webhook is settled, and no longer when its time was over before', async () => {
      const store = await create()
      const job = queuedJob('a', { door: 'runsync', webhook: 'http://h/' })
      await store.add(job, INPUT)
      const done = { ...finishedJob(job, 0), webhookDueAt: 0 }
      await store.update(done)
      clock.now = RETENTION_MS.runsync * 2
      expect(await kept(store, 'a')).toEqual(['a'])
      await store.update({ ...done, webhookTries: 1, webhookDueAt: clock.now + 10 })
      expect(await kept(store, 'a')).toEqual(['a'])
      await store.update({ ...done, webhookTries: 2, webhookDueAt: null })
      expect(await kept(store, 'a')).toEqual([])
    })

    test('has one end: nothing that is said later changes the result', async () => {
      const store = await create()
      const job = queuedJob('a')
      await store.add(job, INPUT)
      const cancelled = finishedJob(job, 1, { output: null, code: 'CANCELLED' })
      await store.update(cancelled)
      await store.update(startedJob(job, 2))
      await store.update(finishedJob(job, 3, { output: '5' }))
      expect(await store.get('a')).toEqual(cancelled)
    })

    test('keeps its input as long as it may run again, and not longer', async () => {
      const store = await create()
      const endings = {
        completed: {},
        failed: FAILED_ENDING,
        timedOut: { ...FAILED_ENDING, isTimedOut: true },
        cancelled: { code: 'CANCELLED' },
      } as const
      for (const [id, ending] of Object.entries(endings)) {
        const job = queuedJob(id)
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await store.add(job, INPUT)
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await store.update(finishedJob(job, 1, ending))
      }
      const inputs = await Promise.all(Object.keys(endings).map((id) => store.input(id)))
      expect(inputs).toEqual([null, INPUT, INPUT, null])
    })

    test('is over with `remove`, and updates after that change nothing', async () => {
      const store = await create()
      const job = queuedJob('a')
      await store.add(job, INPUT)
      await store.addChunk('a', '1')
      await store.remove('a')
      await store.update(finishedJob(job, 1))
      expect(await kept(store, 'a')).toEqual([])
      expect(await store.takeChunks('a', 10)).toEqual([])
    })

    test('begins once: an id that is kept already is refused, and what is kept stays', async () => {
      const store = await create()
      await store.add(queuedJob('a'), INPUT)
      const [other, same] = await Promise.allSettled([
        store.add(queuedJob('b'), INPUT),
        store.add(queuedJob('a', { endpoint: 'other' }), INPUT),
        store.update(startedJob(queuedJob('a'), 1)),
      ])
      expect(other.status).toBe('fulfilled')
      expect(same).toMatchObject({ status: 'rejected', reason: { message: 'A job a is kept already.' } })
      expect(await store.get('a')).toMatchObject({ endpoint: 'default', status: 'IN_PROGRESS' })
      expect(await kept(store, 'b')).toEqual(['b'])
    })
  })

  describe('a restart', () => {
    test('puts a failed job back into the queue, without output and chunks', async () => {
      const store = await create()
      const job = queuedJob('a')
      await store.add(job, INPUT)
      await store.addChunk('a', '1')
      await store.update(finishedJob(job, 1, { ...FAILED_ENDING, output: '5' }))
      const again = { ...job, retries: 1 }
      expect(await store.restart({ ...again, output: '5' })).toBe(true)
      expect(await store.get('a')).toEqual(again)
      expect(await store.input('a')).toEqual(INPUT)
      expect(await store.takeChunks('a', 10)).toEqual([])
      clock.now = RETENTION_MS.run * 2
      await store.update(finishedJob(again, clock.now, { output: '6' }))
      expect(await store.get('a')).toMatchObject({ status: 'COMPLETED', output: '6', retries: 1 })
    })

    test('is not undone by what is still said of the run before it', async () => {
      const store = await create()
      const job = queuedJob('a')
      await store.add(job, INPUT)
      const first = finishedJob(job, 1, { ...FAILED_ENDING, output: '5' })
      await store.update(first)
      const again = { ...job, retries: 1 }
      await store.restart(again)
      await store.update({ ...first, webhookTries: 1, webhookDueAt: 7 })
      expect(await store.get('a')).toEqual(again)
      const second = finishedJob(again, 2, { output: '6' })
      await store.update(second)
      await store.update({ ...first, webhookTries: 2, webhookDueAt: null })
      expect(await store.get('a')).toEqual(second)
    })

    test('leaves nothing of an output, not even of one without characters', async () => {
      const store = await create()
      await store.add(queuedJob('a'), INPUT)
      await store.update({ ...startedJob(queuedJob('a'), 1), output: '' })
      expect(await store.get('a')).toMatchObject({ output: '' })
      expect(await store.restart(queuedJob('a'))).toBe(true)
      expect(await store.get('a')).toEqual(queuedJob('a'))
    })

    test('puts an interrupted job back into the queue', async () => {
      const store = await create()
      await store.add(queuedJob('a'), INPUT)
      await store.update(startedJob(queuedJob('a'), 1))
      await store.addChunk('a', '1')
      expect(await store.restart(queuedJob('a'))).toBe(true)
      expect(await store.get('a')).toEqual(queuedJob('a'))
      expect(await store.takeChunks('a', 10)).toEqual([])
    })

    test.each([
      ['COMPLETED', {}],
      ['CANCELLED', { code: 'CANCELLED' }],
    ] as const)('of a job that is %s has no effect', async (status, ending) => {
      const store = await create()
      await store.add(queuedJob('a'), INPUT)
      await store.update(finishedJob(queuedJob('a'), 1, ending))
      expect(await store.restart(queuedJob('a'))).toBe(false)
      expect(await store.get('a')).toMatchObject({ status, output: '{}' })
    })

    test('into a finished state is refused', async () => {
      const store = await create()
      await store.add(queuedJob('a'), INPUT)
      await expect(store.restart(finishedJob(queuedJob('a'), 1))).rejects.toThrow('it must be unfinished')
    })
  })
})
