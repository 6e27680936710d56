// The job runner over a fake executor: states, ids, counters, ttl, draining.
import { describe, expect, test } from 'vitest'
import type { JobRunner, Submission } from '../../src/jobs/job-runner.ts'
import type { Job } from '../../src/jobs/job-state.ts'
import { JOBS_UNAVAILABLE, JobStoreError } from '../../src/jobs/job-store.ts'
import { MemoryJobStore } from '../../src/jobs/memory-job-store.ts'
import { parseFunctionRequest } from '../../src/protocol/parse.ts'
import { failed, holding, neverRan, returned } from '../support/fake-executor.ts'
import type { Behaviour } from '../support/fake-executor.ts'
import { createTestService, until } from '../support/test-service.ts'

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const REQUEST = { function_name: 'f', function_code: 'x', serialization_format: 'json' }

function submission(overrides: Partial<Submission> = {}): Submission {
  const parsed = parseFunctionRequest(REQUEST)
  return {
    door: 'run',
    endpoint: 'default',
    parsed,
    policy: {},
    onInputFree: () => undefined,
    ...overrides,
  }
}

async function submitted(jobs: JobRunner, overrides: Partial<Submission> = {}) {
  const result = await jobs.submit(submission(overrides))
  if (!result.ok) throw new Error(result.failure.message)
  return result
}

describe('the job runner', () => {
  test('gives ids that say through which door a job came', async () => {
    const { jobs } = createTestService()
    expect((await submitted(jobs)).id).toMatch(new RegExp(`^${UUID}-u1$`))
    expect((await submitted(jobs, { door: 'runsync' })).id).toMatch(new RegExp(`^sync-${UUID}-u1$`))
  })

  test('moves a job through its states and counts it', async () => {
    const { behaviour, release } = holding()
    const { jobs, executor } = createTestService({ behaviour })
    const { id, finished } = await submitted(jobs)
    await until(() => executor.tasks.length === 1)
    expect(executor.onlyTask.id).toBe(id)
    expect((await jobs.reader.get('default', id))?.status).toBe('IN_PROGRESS')
    expect(jobs.counts(null)).toEqual({ completed: 0, failed: 0, inProgress: 1, inQueue: 0, retried: 0 })
    release(returned('5'))
    const { job } = await finished
    expect(job.status).toBe('COMPLETED')
    expect(await jobs.reader.get('default', id)).toEqual(job)
    expect(jobs.counts(null)).toEqual({ completed: 1, failed: 0, inProgress: 0, inQueue: 0, retried: 0 })
  })

  test('cancels a job at once, and what its code says afterwards changes nothing', async () => {
    const ends = Promise.withResolvers<ReturnType<typeof returned>>()
    const { jobs, executor } = createTestService({ behaviour: async () => ends.promise })
    const { id, finished } = await submitted(jobs)
    await until(() => executor.tasks.length === 1)
    expect(await jobs.cancel('default', id)).toMatchObject({
      id,
      status: 'CANCELLED',
      code: 'CANCELLED',
      output: null,
      error: null,
    })
    ends.resolve(returned('5'))
    expect((await finished).job.status).toBe('CANCELLED')
    expect(await jobs.reader.get('default', id)).toMatchObject({ status: 'CANCELLED', output: null })
    expect(jobs.counts(null)).toMatchObject({ completed: 0, failed: 0, inProgress: 0, inQueue: 0 })
  })

  test('leaves a finished job as it is, and cancels nothing that there is not', async () => {
    const { jobs } = createTestService()
    const { id, finished } = await submitted(jobs)
    const { job } = await finished
    expect(await jobs.cancel('default', id)).toEqual(job)
    expect(await jobs.cancel('default', 'none')).toBeNull()
  })

  test('purges the queue of one endpoint, and lets run what runs', async () => {
    const { behaviour, release } = holding()
    const { jobs, executor } = createTestService({ behaviour, starts: (count) => count === 1 })
    const running = await submitted(jobs)
    const waiting = [await submitted(jobs), await submitted(jobs)]
    const other = await submitted(jobs, { endpoint: 'other' })
    await until(() => executor.tasks.length === 4)
    const statusOf = async ({ id }: { readonly id: string }) =>
      (await jobs.reader.get(id === other.id ? 'other' : 'default', id))?.status
    expect(await jobs.purgeQueue('default')).toBe(2)
    expect(await jobs.purgeQueue('default')).toBe(0)
    expect(await Promise.all(waiting.map(statusOf))).toEqual(['CANCELLED', 'CANCELLED'])
    expect([await statusOf(running), await statusOf(other)]).toEqual(['IN_PROGRESS', 'IN_QUEUE'])
    release(returned('5'))
    expect((await running.finished).job.status).toBe('COMPLETED')
  })

  test('runs a job again as soon as its failure can be seen, which is before it is stored', async () => {
    const stored = Promise.withResolvers<void>()
    class SlowStore extends MemoryJobStore {
      override async update(job: Job): Promise<void> {
        if (job.status === 'FAILED') await stored.promise
        return super.update(job)
      }
    }
    const store = new SlowStore({ maxJobs: 9, maxBytes: 9_999, now: () => 0 })
    const { jobs, executor } = createTestService({
      behaviour: () => failed({ code: 'GUEST_THREW', message: 'No.' }),
      jobs: { store },
    })
    const { id } = await submitted(jobs)
    await expect.poll(async () => (await jobs.reader.get('default', id))?.status).toBe('FAILED')
    const retried = [jobs.retry('default', id), jobs.retry('default', id)]
    stored.resolve()
    expect(await Promise.all(retried)).toMatchObject([
      { ok: true, id },
      { ok: false, job: { status: 'IN_QUEUE' } },
    ])
    await until(() => executor.tasks.length === 2)
  })

  test('has the wait for an executor in delayTime, once, and what the code took in executionTime', async () => {
    let now = 1_000
    const phases = { queueMs: 700 }
    const behaviour: Behaviour = (_, { onStart }) => {
      now += 700
      onStart?.()
      now += 300
      return { ...returned('5'), usage: { cpuMs: 0, wallMs: 300, phases } }
    }
    const { jobs } = createTestService({ behaviour, starts: () => false, jobs: { now: () => now } })
    const { job } = await (await submitted(jobs)).finished
    expect([job.delayMs, job.executionMs]).toEqual([700, 300])
  })

  test('ends a job that breaks a field rule as FAILED without running anything', async () => {
    const { jobs, executor } = createTestService()
    const { job } = await (await submitted(jobs, { parsed: parseFunctionRequest({ args: 5 }) })).finished
    expect(job).toMatchObject({
      status: 'FAILED',
      code: 'REQUEST_INVALID',
      error: expect.stringMatching(/^Error in handler: /),
    })
    expect(executor.tasks).toEqual([])
  })

  test.each([
    [{ executionTimeout: 50 }, {}, 'TIMED_OUT'],
    [{ executionTimeout: 50 }, { limits: { wallMs: 50 } }, 'TIMED_OUT'],
    [{ executionTimeout: 50 }, { limits: { wallMs: 49 } }, 'FAILED'],
    [{}, {}, 'FAILED'],
  ])('with policy %j and request %j, a wall that is hit makes the job %s (%s)', async (policy, fields, status) => {
    const { jobs } = createTestService({ behaviour: () => failed({ code: 'LIMIT_WALL', message: 'Too long.' }) })
    const parsed = parseFunctionRequest({ ...REQUEST, ...fields })
    const { job } = await (await submitted(jobs, { policy, parsed })).finished
    expect([job.status, job.error]).toEqual([status, 'LIMIT_WALL: Too long.'])
  })

  test('turns a defect into a failed job without details, and reports it', async () => {
    const { jobs, defects } = createTestService({
      behaviour: () => {
        throw new Error('secret path /etc')
      },
    })
    const { job } = await (await submitted(jobs)).finished
    expect([job.status, job.code]).toEqual(['FAILED', 'INTERNAL'])
    expect(job.error).not.toContain('secret')
    expect(defects).toHaveLength(1)
  })

  test('makes a job without room FAILED when the executor refused it', async () => {
    const { jobs } = createTestService({ behaviour: () => neverRan('QUEUE_FULL', 'Full.') })
    const { job } = await (await submitted(jobs)).finished
    expect([job.status, job.error]).toEqual(['FAILED', 'QUEUE_FULL: Full.'])
  })

  test('lets a job go when its ttl is over, even while it runs, and stops its code', async () => {
    const { behaviour } = holding()
    const { jobs } = createTestService({ behaviour })
    const { id, finished } = await submitted(jobs, { policy: { ttl: 20 } })
    expect((await finished).job.status).toBe('CANCELLED')
    expect(await jobs.reader.get('default', id)).toBeNull()
    expect(jobs.counts(null)).toMatchObject({ inProgress: 0, completed: 0, failed: 0 })
  })

  test('refuses what the store cannot hold, and gives its input free', async () => {
    const { behaviour } = holding()
    const { jobs } = createTestService({ behaviour, store: { maxJobs: 1 } })
    await submitted(jobs)
    let freed = 0
    const second = await jobs.submit(submission({ onInputFree: () => void (freed += 1) }))
    expect(second).toMatchObject({ ok: false, failure: { code: 'QUEUE_FULL' } })
    expect(freed).toBe(1)
  })

  test('refuses what the store cannot keep with the code that says so, and gives its input free', async () => {
    class LostStore extends MemoryJobStore {
      override async add(): Promise<boolean> {
        throw new JobStoreError('The disk of /data is full.')
      }
    }
    const store = new LostStore({ maxJobs: 1, maxBytes: 1, now: () => 0 })
    const { jobs, executor } = createTestService({ jobs: { store } })
    let freed = 0
    const refused = await jobs.submit(submission({ onInputFree: () => void (freed += 1) }))
    expect(refused).toEqual({ ok: false, failure: JOBS_UNAVAILABLE })
    expect(JOBS_UNAVAILABLE.message).not.toContain('/')
    expect([freed, executor.tasks]).toEqual([1, []])
  })

  test('gives the input free once, when the job has ended', async () => {
    const { behaviour, release } = holding()
    const { jobs } = createTestService({ behaviour })
    let freed = 0
    const { finished } = await submitted(jobs, { onInputFree: () => void (freed += 1) })
    expect(freed).toBe(0)
    release()
    await finished
    expect(freed).toBe(1)
  })

  test('draining refuses new jobs and waits for the running ones', async () => {
    const { behaviour, release } = holding()
    const { jobs } = createTestService({ behaviour })
    const { finished } = await submitted(jobs)
    let isDrained = false
    const drained = jobs.drain().then(() => (isDrained = true))
    expect(await jobs.submit(submission())).toMatchObject({ ok: false, failure: { code: 'DRAINING' } })
    expect(isDrained).toBe(false)
    release()
    await Promise.all([finished, drained])
  })

  test('does not lose a job that is being accepted while draining begins', async () => {
    const store = storeThatWaits()
    const { jobs, executor } = createTestService({ jobs: { store } })
    const pending = jobs.submit(submission())
    await jobs.drain()
    store.proceed()
    expect(await pending).toMatchObject({ ok: false, failure: { code: 'DRAINING' } })
    expect([store.removed.length, executor.tasks]).toEqual([1, []])
  })

  test('disposing it cancels what still runs', async () => {
    const { behaviour } = holding()
    const { jobs } = createTestService({ behaviour })
    const { finished } = await submitted(jobs)
    await jobs[Symbol.asyncDispose]()
    expect((await finished).job.status).toBe('CANCELLED')
  })
})

/** A store whose `add` waits until it is told to proceed. */
function storeThatWaits() {
  const gate = Promise.withResolvers<void>()
  const removed: string[] = []
  class WaitingStore extends MemoryJobStore {
    readonly removed = removed
    proceed = (): void => gate.resolve()
    override async add(): Promise<boolean> {
      await gate.promise
      return true
    }
    override async remove(id: string): Promise<void> {
      removed.push(id)
    }
  }
  return new WaitingStore({ maxJobs: 1, maxBytes: 1, now: () => 0 })
}
