// A fresh store of one engine for each test, behind a clock that the test sets.
import { afterEach, expect } from 'vitest'
import type { Job, JobDoor } from '../../src/jobs/job-state.ts'
import type { JobStore } from '../../src/jobs/job-store.ts'
import type { StoreBounds } from '../../src/jobs/retention.ts'
import { INPUT, finishedJob, queuedJob } from './job-stores.ts'
import type { Engine } from './job-stores.ts'

/** To be called where tests are declared: it ends the stores after each. */
export function createStoreBench(open: Engine['open']) {
  const clock = { now: 0 }
  const opened: JobStore[] = []

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store[Symbol.asyncDispose]()))
  })

  const create = async (bounds: Partial<StoreBounds> = {}): Promise<JobStore> => {
    clock.now = 0
    const store = await open({ maxJobs: 100, maxBytes: 1_000_000, now: () => clock.now, ...bounds })
    opened.push(store)
    return store
  }

  const addFinished = async (store: JobStore, id: string, door: JobDoor, output = '{}'): Promise<Job> => {
    const job = queuedJob(id, { door, submittedAt: clock.now })
    expect(await store.add(job, INPUT)).toBe(true)
    const finished = finishedJob(job, clock.now, { output })
    await store.update(finished)
    return finished
  }

  /** Those of the ids that are kept. */
  const kept = async (store: JobStore, ...ids: string[]): Promise<string[]> => {
    const jobs = await Promise.all(ids.map((id) => store.get(id)))
    return jobs.filter((job) => job !== null).map((job) => job.id)
  }

  return { clock, create, addFinished, kept }
}
