// The states of a job and the store that keeps them.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IdQueue } from '../../src/jobs/id-queue.ts'
import { advance, newJob } from '../../src/jobs/job-state.ts'
import type { Job, JobDoor, JobEnding, JobEvent } from '../../src/jobs/job-state.ts'
import { MemoryJobStore, RETENTION_MS } from '../../src/jobs/memory-job-store.ts'
import { isUnfinished } from '../../src/protocol/job-status.ts'

const ENDING: JobEnding = { output: '{}', error: null, code: null, queueMs: 0, isTimedOut: false }

function finish(job: Job, at: number, ending: Partial<JobEnding> = {}): Job {
  return advance(job, { type: 'finished', at, ...ENDING, ...ending })
}

describe('a job', () => {
  test('goes from IN_QUEUE over IN_PROGRESS to COMPLETED', () => {
    const queued = newJob('a', 'run', 1_000, undefined)
    const started = advance(queued, { type: 'started', at: 1_010 })
    const finished = finish(started, 1_050, { queueMs: 15.4 })
    expect([queued.status, started.status, finished.status]).toEqual(['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'])
    expect(finished).toMatchObject({ delayMs: 25, executionMs: 25, finishedAt: 1_050, output: '{}' })
  })

  test.each([
    [{ error: 'x', code: 'GUEST_THREW' }, 'FAILED'],
    [{ error: '' }, 'COMPLETED'],
    [{ error: null, code: 'ENTRY_NOT_FOUND' }, 'COMPLETED'],
    [{ error: 'x', code: 'CANCELLED' }, 'CANCELLED'],
    [{ error: 'x', code: 'LIMIT_WALL' }, 'FAILED'],
    [{ error: 'x', code: 'LIMIT_WALL', isTimedOut: true }, 'TIMED_OUT'],
  ] as const)('that ends with %j is %s', (ending, status) => {
    expect(finish(newJob('a', 'run', 0, undefined), 1, ending).status).toBe(status)
  })

  test('never leaves its end, and its times are whole, never negative, and add up', () => {
    const event = fc.oneof(
      fc.record({ type: fc.constant('started' as const), at: fc.integer({ min: -50, max: 500 }) }),
      fc.record({
        type: fc.constant('finished' as const),
        at: fc.integer({ min: -50, max: 500 }),
        queueMs: fc.double({ min: 0, max: 1_000, noNaN: true }),
        error: fc.constantFrom(null, 'x'),
      }),
    )
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let job = newJob('a', 'run', 0, undefined)
        for (const one of events) {
          const complete: JobEvent = one.type === 'started' ? one : { ...ENDING, ...one }
          const next = advance(job, complete)
          expect(isUnfinished(job.status) || next === job).toBe(true)
          job = next
        }
        expect(Number.isInteger(job.delayMs) && Number.isInteger(job.executionMs)).toBe(true)
        expect(Math.min(job.delayMs, job.executionMs)).toBeGreaterThanOrEqual(0)
        expect(job.delayMs + job.executionMs).toBe(Math.max(0, job.finishedAt ?? 0))
      }),
    )
  })
})

test('a queue of ids gives them back in their order, however pushes and shifts are mixed', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), (pushes) => {
      const queue = new IdQueue()
      const model: string[] = []
      pushes.forEach((isPush, index) => {
        if (isPush) {
          queue.push(`id${index}`)
          model.push(`id${index}`)
        } else if (model.shift() !== undefined) queue.shift()
        expect(queue.peek()).toBe(model[0])
      })
    }),
  )
})

describe('the memory store', () => {
  const clock = { now: 0 }
  const create = (options: { maxJobs?: number; maxBytes?: number } = {}): MemoryJobStore => {
    clock.now = 0
    return new MemoryJobStore({ maxJobs: 100, maxBytes: 1_000_000, now: () => clock.now, ...options })
  }
  const addFinished = async (store: MemoryJobStore, id: string, door: JobDoor, output = '{}'): Promise<void> => {
    const job = newJob(id, door, clock.now, undefined)
    await store.add(job)
    await store.update(finish(job, clock.now, { output }))
  }
  const kept = async (store: MemoryJobStore, ...ids: string[]): Promise<string[]> => {
    const jobs = await Promise.all(ids.map((id) => store.get(id)))
    return jobs.filter((job) => job !== null).map((job) => job.id)
  }

  test.each(['run', 'runsync'] as const)(
    'keeps a finished job of /%s for its retention time, an unfinished one longer',
    async (door) => {
      const store = create()
      await addFinished(store, 'done', door)
      await store.add(newJob('open', door, 0, undefined))
      clock.now = RETENTION_MS[door] - 1
      expect(await kept(store, 'done', 'open')).toEqual(['done', 'open'])
      clock.now = RETENTION_MS[door]
      expect(await kept(store, 'done', 'open')).toEqual(['open'])
    },
  )

  test('hides a job whose ttl is over even when it has not finished', async () => {
    const store = create()
    await store.add(newJob('a', 'run', 0, 100))
    clock.now = 99
    expect(await kept(store, 'a')).toEqual(['a'])
    clock.now = 100
    expect(await kept(store, 'a')).toEqual([])
  })

  test('full of jobs, drops the oldest results, those of /runsync first, and never an unfinished job', async () => {
    const store = create({ maxJobs: 3 })
    await addFinished(store, 'r1', 'run')
    await addFinished(store, 's1', 'runsync')
    await store.add(newJob('open1', 'run', 0, undefined))
    expect(await store.add(newJob('open2', 'run', 0, undefined))).toBe(true)
    expect(await kept(store, 'r1', 's1', 'open1', 'open2')).toEqual(['r1', 'open1', 'open2'])
    expect(await store.add(newJob('open3', 'run', 0, undefined))).toBe(true)
    expect(await store.add(newJob('open4', 'run', 0, undefined))).toBe(false)
    expect(await kept(store, 'r1', 'open1', 'open2', 'open3', 'open4')).toEqual(['open1', 'open2', 'open3'])
  })

  test('full of bytes, drops the oldest results but keeps the newest, however large', async () => {
    const store = create({ maxBytes: 10_000 })
    await addFinished(store, 'a', 'run', 'x'.repeat(4_000))
    await addFinished(store, 'b', 'run', 'x'.repeat(4_000))
    await addFinished(store, 'c', 'run', 'x'.repeat(4_000))
    expect(await kept(store, 'a', 'b', 'c')).toEqual(['b', 'c'])
    await addFinished(store, 'd', 'run', 'x'.repeat(40_000))
    expect(await kept(store, 'b', 'c', 'd')).toEqual(['d'])
  })

  test('counts its bytes truly: after everything expired there is room for as much again', async () => {
    const store = create({ maxBytes: 10_000 })
    for (let round = 0; round < 5; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await addFinished(store, `a${round}`, 'run', 'x'.repeat(4_000))
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await addFinished(store, `b${round}`, 'run', 'x'.repeat(4_000))
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await kept(store, `a${round}`, `b${round}`)).toHaveLength(2)
      clock.now += RETENTION_MS.run
    }
  })

  test('takes no longer per job when it is full than when it is not', async () => {
    const store = create({ maxJobs: 20_000, maxBytes: 100_000_000 })
    const fill = async (prefix: string): Promise<number> => {
      const started = performance.now()
      for (let index = 0; index < 20_000; index += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await addFinished(store, `${prefix}${index}`, 'runsync')
      }
      return performance.now() - started
    }
    const emptyMs = await fill('a')
    const fullMs = await fill('b')
    expect(fullMs).toBeLessThan(10 * emptyMs + 100)
    expect(await kept(store, 'a19999', 'b0', 'b19999')).toEqual(['b0', 'b19999'])
  })

  test('a removed job stays away, and updates of it change nothing', async () => {
    const store = create()
    const job = newJob('a', 'run', 0, undefined)
    await store.add(job)
    await store.remove('a')
    await store.update(finish(job, 1))
    expect(await kept(store, 'a')).toEqual([])
  })
})
