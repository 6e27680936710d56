// What becomes of jobs whose process is killed: a second runner over the store of the first, which is never heard of again.
import { describe, expect, test } from 'vitest'
import type { FinishedJob } from '../../src/jobs/active-job.ts'
import { fromJobInput, toJobInput } from '../../src/jobs/job-input.ts'
import type { JobRunnerOptions } from '../../src/jobs/job-runner.ts'
import type { Job } from '../../src/jobs/job-state.ts'
import { JobStoreError } from '../../src/jobs/job-store.ts'
import { MemoryJobStore } from '../../src/jobs/memory-job-store.ts'
import type { EncodedRequest } from '../../src/protocol/parse.ts'
import { parseFunctionRequest } from '../../src/protocol/parse.ts'
import { failed, holding, neverRan, returned } from '../support/fake-executor.ts'
import type { Behaviour } from '../support/fake-executor.ts'
import { createTestService, until } from '../support/test-service.ts'
import type { TestService } from '../support/test-service.ts'

const REQUEST = { function_name: 'f', function_code: 'const f = 1', args: [1, -0.5], serialization_format: 'json' }
const BOUNDS = { runningMax: 1, runningMaxAt: () => 1, waitingPerEndpointMax: 100 }

const silent: Behaviour = () => new Promise(() => {})

/** The first process: one job runs, two wait, and then nobody hears of it again. */
async function killed(jobs: Partial<JobRunnerOptions> = {}) {
  const service = createTestService({ behaviour: silent, jobs: { bounds: BOUNDS, ...jobs } })
  const ids: string[] = []
  for (const input of [REQUEST, { ...REQUEST, args: [2] }, { ...REQUEST, args: [3] }]) {
    // oxlint-disable-next-line no-await-in-loop -- in their order
    const { json } = await service.post('/run', { input })
    ids.push((json as { readonly id: string }).id)
  }
  await until(() => service.executor.tasks.length === 1)
  return { store: service.store, ids }
}

async function restarted(
  store: JobRunnerOptions['store'],
  jobs: Partial<JobRunnerOptions> = {},
  behaviour?: Behaviour,
) {
  const late: FinishedJob[] = []
  const service = createTestService({
    ...(behaviour === undefined ? {} : { behaviour }),
    jobs: { store, onLateEnd: (finished) => void late.push(finished), ...jobs },
  })
  const found = await service.jobs.start()
  return { ...service, found, late }
}

describe('after a kill', () => {
  test('jobs that waited run, in their order and with their input', async () => {
    const { store, ids } = await killed()
    const { found, executor, jobs, late } = await restarted(store, { bounds: BOUNDS })
    expect(found).toEqual({ waiting: 2, again: 0, interrupted: 1 })
    await until(() => late.length === 2)
    expect(executor.tasks.map(({ id }) => id)).toEqual(ids.slice(1))
    expect(executor.tasks.map(({ invocation }) => invocation.input.text)).toEqual([
      '{"args":[2],"kwargs":{}}',
      '{"args":[3],"kwargs":{}}',
    ])
    const ended = await Promise.all(ids.slice(1).map(async (id) => jobs.reader.get('default', id)))
    expect(ended.map((job) => job?.status)).toEqual(['COMPLETED', 'COMPLETED'])
  })

  test('a job that ran is FAILED with a code that says so, and is not run again', async () => {
    const { store, ids } = await killed()
    const { executor, jobs, late } = await restarted(store)
    const [id = ''] = ids
    expect(await jobs.reader.get('default', id)).toMatchObject({
      status: 'FAILED',
      code: 'JOB_INTERRUPTED',
      error: expect.stringMatching(/^JOB_INTERRUPTED: The service ended while the job ran/u),
    })
    await until(() => late.length === 2)
    expect(executor.tasks.map((task) => task.id)).not.toContain(id)
  })

  test('a job that ran is run again where its endpoint wants that', async () => {
    const { store, ids } = await killed()
    const { found, executor, late } = await restarted(store, { runsAgain: (endpoint) => endpoint === 'default' })
    expect(found).toEqual({ waiting: 2, again: 1, interrupted: 0 })
    await until(() => late.length === 3)
    expect(executor.tasks.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    expect(late.map(({ job }) => job.status)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED'])
  })

  test('an interrupted job can be retried by its client', async () => {
    const { store, ids } = await killed()
    const { jobs } = await restarted(store)
    const [id = ''] = ids
    const retried = await jobs.retry('default', id)
    if (!retried.ok) throw new Error('it was not retried')
    expect((await retried.finished).job).toMatchObject({ id, status: 'COMPLETED', retries: 1, error: null })
  })

  test('results are still there', async () => {
    const first = createTestService({ behaviour: () => returned('5') })
    const { json } = await first.post('/run', { input: REQUEST })
    const { id } = json as { readonly id: string }
    const { text } = await first.get(`/status-sync/${id}`)
    const second = await restarted(first.store)
    expect((await second.get(`/status/${id}`)).text).toBe(text)
  })
})

/** What a file is, without one. */
class LastingStore extends MemoryJobStore {
  override readonly isDurable = true
}
const lasting = (): LastingStore => new LastingStore({ maxJobs: 10, maxBytes: 1_000_000, now: Date.now })

describe('an orderly end of a service whose store outlives it', () => {
  test('leaves what waits to the next start, and waits for what runs', async () => {
    const { behaviour, release } = holding()
    const first = createTestService({ behaviour, jobs: { bounds: BOUNDS, store: lasting() } })
    for (let count = 0; count < 3; count++) {
      // oxlint-disable-next-line no-await-in-loop -- in their order
      await first.post('/run', { input: REQUEST })
    }
    await until(() => first.executor.tasks.length === 1)
    const drained = first.jobs.drain()
    release(returned('1'))
    await drained
    expect(first.executor.tasks).toHaveLength(1)
    const { found, late } = await restarted(first.store)
    expect(found).toEqual({ waiting: 2, again: 0, interrupted: 0 })
    await until(() => late.length === 2)
  })

  test('leaves what it had to cut off as one that ran', async () => {
    const first = createTestService({ behaviour: holding().behaviour, jobs: { store: lasting() } })
    const running = first.post('/runsync', { input: REQUEST })
    await until(() => first.executor.tasks.length === 1)
    await first.jobs[Symbol.asyncDispose]()
    expect((await running).json).toMatchObject({ status: 'FAILED', error: expect.stringMatching(/^JOB_INTERRUPTED/u) })
    expect((await restarted(first.store)).found).toEqual({ waiting: 0, again: 0, interrupted: 1 })
    const again = createTestService({ behaviour: holding().behaviour, jobs: { store: lasting() } })
    const cut = again.post('/runsync', { input: REQUEST })
    await until(() => again.executor.tasks.length === 1)
    await again.jobs[Symbol.asyncDispose]()
    await cut
    const { found, late } = await restarted(again.store, { runsAgain: () => true })
    expect(found).toEqual({ waiting: 0, again: 1, interrupted: 0 })
    await until(() => late.length === 1)
  })
})

test('that a job runs is stored before its code does', async () => {
  const stored: string[] = []
  const { store, ids } = await killed({ bounds: BOUNDS })
  const [, second = ''] = ids
  const service = await restarted(store, { bounds: BOUNDS }, async ({ id }) => {
    stored.push(`${id === second} ${(await store.get(id))?.status}`)
    return returned('1')
  })
  await until(() => service.late.length === 2)
  expect(stored).toEqual(['true IN_PROGRESS', 'false IN_PROGRESS'])
  const fresh = createTestService({
    behaviour: async ({ id }) => {
      stored.push((await fresh.store.get(id))?.status ?? 'not stored')
      return returned('1')
    },
  })
  await fresh.post('/runsync', { input: REQUEST })
  expect(stored.at(-1)).toBe('IN_PROGRESS')
})

describe('the input of a job', () => {
  test.each([
    ['a function', REQUEST],
    ['a class', { class_name: 'C', class_code: 'class C {}', execution_type: 'class', constructor_args: ['x'] }],
    ['a deployed function', { function_name: 'f', args: ['gAVLBS4='] }],
    ['empty code', { function_name: 'f', function_code: '' }],
    ['no request at all', 5],
  ])('is the same after it was stored: %s', (_, request) => {
    const parsed = parseFunctionRequest(request)
    expect(fromJobInput(toJobInput(parsed))).toEqual(parsed)
  })

  test('keeps large texts apart', () => {
    const parsed = parseFunctionRequest({ ...REQUEST, args: ['"'.repeat(1_000)] })
    if (!parsed.ok) throw new Error(parsed.message)
    const request: EncodedRequest = parsed.request
    expect(toJobInput(parsed)).toMatchObject({ code: REQUEST.function_code, input: request.input })
    expect(toJobInput(parsed).head.length).toBeLessThan(1_000)
  })
})

test('a job whose executor fails it is no job that was interrupted', async () => {
  const first = createTestService({ behaviour: () => failed({ code: 'EXECUTOR_LOST', message: 'Gone.' }) })
  await first.post('/runsync', { input: REQUEST })
  expect((await restarted(first.store)).found).toEqual({ waiting: 0, again: 0, interrupted: 0 })
})

describe('where the store cannot store for a while', () => {
  /** A store that refuses updates while `isFull`, as one on a full disk does. */
  class FullStore extends MemoryJobStore {
    isFull = false
    override async update(job: Job): Promise<void> {
      if (this.isFull) throw new JobStoreError('The disk is full.')
      return super.update(job)
    }
    override async addChunk(id: string, value: string): Promise<void> {
      if (this.isFull) throw new JobStoreError('The disk is full.')
      return super.addChunk(id, value)
    }
  }
  const create = (behaviour?: Behaviour, bounds = BOUNDS) => {
    const store = new FullStore({ maxJobs: 10, maxBytes: 1_000_000, now: Date.now })
    return { ...createTestService({ ...(behaviour && { behaviour }), jobs: { store, bounds } }), store }
  }
  const post = async ({ post: send }: Pick<TestService, 'post'>): Promise<string> =>
    ((await send('/run', { input: REQUEST })).json as { readonly id: string }).id

  test('a result is told from memory, and stored when that is possible', async () => {
    const { behaviour, release } = holding()
    const { store, ...service } = create(behaviour)
    const id = await post(service)
    await until(() => service.executor.tasks.length === 1)
    store.isFull = true
    release(returned('5'))
    expect((await service.get(`/status-sync/${id}`)).json).toMatchObject({ status: 'COMPLETED' })
    expect((await service.get(`/status/${id}`)).json).toMatchObject({ status: 'COMPLETED', output: { json_result: 5 } })
    expect(await store.get(id)).toMatchObject({ status: 'IN_PROGRESS' })
    store.isFull = false
    await expect.poll(async () => (await store.get(id))?.status, { timeout: 5_000 }).toBe('COMPLETED')
    expect((await service.get(`/status/${id}`)).json).toMatchObject({ status: 'COMPLETED' })
  })

  test('a job that waits does not run before it is stored that it does, and is not lost', async () => {
    const { behaviour, release } = holding()
    const { store, ...service } = create(behaviour)
    await post(service)
    const second = await post(service)
    await until(() => service.executor.tasks.length === 1)
    store.isFull = true
    release(returned('5'))
    await expect.poll(() => service.defects.length).toBeGreaterThan(0)
    expect(service.executor.tasks).toHaveLength(1)
    expect((await service.get(`/status/${second}`)).json).toEqual({ id: second, status: 'IN_QUEUE' })
    store.isFull = false
    await expect.poll(() => service.executor.tasks.length, { timeout: 5_000 }).toBe(2)
    expect((await service.get(`/status-sync/${second}`)).json).toMatchObject({ status: 'COMPLETED' })
  })

  test('a stream whose chunk cannot be kept ends with a code, and its code is stopped', async () => {
    const { store, ...service } = create(async (_, { onEvent, signal }) => {
      await onEvent?.({ type: 'chunk', value: '1' })
      store.isFull = true
      await onEvent?.({ type: 'chunk', value: '2' })
      store.isFull = false
      return signal.aborted ? failed({ code: 'CANCELLED', message: 'Gone.' }) : returned('3')
    })
    const id = await post(service)
    expect((await service.get(`/status-sync/${id}`)).json).toMatchObject({
      status: 'FAILED',
      error: expect.stringMatching(/^JOBS_UNAVAILABLE: A chunk/u),
    })
  })

  test('a cancelled job is cancelled, and stored as such when that is possible', async () => {
    const { store, ...service } = create(silent)
    await post(service)
    const waiting = await post(service)
    store.isFull = true
    expect((await service.post(`/cancel/${waiting}`, '')).json).toMatchObject({ status: 'CANCELLED' })
    expect((await service.get(`/status/${waiting}`)).json).toMatchObject({ status: 'CANCELLED' })
    store.isFull = false
    await expect.poll(async () => (await store.get(waiting))?.status, { timeout: 5_000 }).toBe('CANCELLED')
  })
})

test('a job whose executors cannot be started waits on; who waits for its answer is told', async () => {
  let isUp = false
  const service = createTestService({
    behaviour: () => (isUp ? returned('5') : neverRan('EXECUTORS_UNAVAILABLE', 'None starts.')),
  })
  const { json } = await service.post('/run', { input: REQUEST })
  const { id } = json as { readonly id: string }
  await until(() => service.executor.tasks.length === 1)
  expect(await service.post('/runsync', { input: REQUEST })).toMatchObject({ status: 503 })
  expect((await service.get(`/status/${id}`)).json).toMatchObject({ status: expect.stringMatching(/^IN_/u) })
  isUp = true
  expect((await service.get(`/status-sync/${id}`)).json).toMatchObject({ status: 'COMPLETED' })
})
