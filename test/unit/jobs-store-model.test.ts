// Random operations on every engine of the job store, against the simplest store that one can think of.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Job } from '../../src/jobs/job-state.ts'
import type { JobInput, JobStore } from '../../src/jobs/job-store.ts'
import { RETENTION_MS } from '../../src/jobs/retention.ts'
import { ENGINES, finishedJob, queuedJob, startedJob } from '../support/job-stores.ts'

const MAX_JOBS = 6
const MAX_BYTES = 8_000
const JOB_BYTES = 512
const CHUNK_BYTES = 64

interface ModelJob {
  job: Job
  input: JobInput | null
  chunks: string[]
}

/** Written again from the port, with lists that are searched and sorted anew each time. */
class Model {
  now = 0
  jobs: ModelJob[] = []
  /** How often something went early, by door, and how often there was no room. */
  readonly seen = { run: 0, runsync: 0, refused: 0 }

  isOpen = ({ job }: ModelJob): boolean => job.status === 'IN_QUEUE' || job.status === 'IN_PROGRESS'

  endOf({ job }: ModelJob): number {
    const expiresAt = job.expiresAt ?? Number.POSITIVE_INFINITY
    const isHeld = job.finishedAt === null || job.webhookDueAt !== null
    return isHeld ? expiresAt : Math.min(expiresAt, job.finishedAt + RETENTION_MS[job.door])
  }

  pass(ms: number): void {
    this.now += ms
    this.jobs = this.jobs.filter((one) => this.endOf(one) > this.now)
  }

  find(id: string): ModelJob | undefined {
    return this.jobs.find(({ job }) => job.id === id)
  }

  bytesOf({ job, input, chunks }: ModelJob): number {
    const texts = [job.output, job.error, job.webhook, input?.head, input?.code, input?.input, ...chunks]
    const sum = texts.reduce<number>((bytes, text) => bytes + Buffer.byteLength(text ?? ''), JOB_BYTES)
    return sum + CHUNK_BYTES * chunks.length
  }

  fits(): boolean {
    const bytes = this.jobs.reduce((sum, one) => sum + this.bytesOf(one), 0)
    return this.jobs.length <= MAX_JOBS && bytes <= MAX_BYTES
  }

  isEvictable = (one: ModelJob): boolean => !this.isOpen(one) && one.job.webhookDueAt === null

  /** After a change that needs more room; the job that changed is no result that could go. */
  shrink(changed: ModelJob): void {
    while (!this.fits()) {
      const rank = (one: ModelJob): number => (one.job.door === 'runsync' ? 0 : 1)
      const [first] = this.jobs
        .filter((one) => one !== changed && this.isEvictable(one))
        .toSorted((a, b) => rank(a) - rank(b) || this.endOf(a) - this.endOf(b))
      if (first === undefined) return
      this.seen[first.job.door] += 1
      this.jobs = this.jobs.filter((one) => one !== first)
    }
  }

  add(job: Job, input: JobInput): boolean {
    const added = { job, input, chunks: [] }
    const before = this.jobs
    this.jobs = [...before, added]
    this.shrink(added)
    if (this.fits()) return true
    this.jobs = before
    this.seen.refused += 1
    return false
  }

  update(job: Job): void {
    const kept = this.find(job.id)
    const isOpen = job.finishedAt === null
    if (kept === undefined || kept.job.retries !== job.retries || (!this.isOpen(kept) && isOpen)) return
    if (this.isOpen(kept)) {
      const before = this.bytesOf(kept)
      kept.job = job
      if (job.status === 'COMPLETED' || job.status === 'CANCELLED') kept.input = null
      if (this.bytesOf(kept) > before) this.shrink(kept)
    } else {
      kept.job = {
        ...kept.job,
        expiresAt: job.expiresAt,
        webhookDueAt: job.webhookDueAt,
        webhookTries: job.webhookTries,
      }
    }
    this.pass(0)
  }

  restart(job: Job): boolean {
    const kept = this.find(job.id)
    if (kept === undefined || kept.input === null) return false
    Object.assign(kept, { job, chunks: [] })
    return true
  }

  /** Oldest first. */
  sorted(): readonly ModelJob[] {
    return this.jobs.toSorted((a, b) => a.job.submittedAt - b.job.submittedAt)
  }
}

interface Pair {
  readonly store: JobStore
  readonly model: Model
}

/** What the store and the model say of it, where it gives something. */
type Step = (pair: Pair) => Promise<readonly [unknown, unknown] | void>

const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
const ID = fc.constantFrom(...IDS)
const TEXT = fc.oneof(
  fc.constantFrom('1', '"é€😀"', '{}'),
  fc.integer({ min: 0, max: 3_000 }).map((length) => 'x'.repeat(length)),
)

const RARELY_DUE = fc.oneof(
  { arbitrary: fc.constant(null), weight: 4 },
  { arbitrary: fc.integer({ min: 0, max: 100_000 }), weight: 1 },
)

const add = fc
  .record({
    id: ID,
    door: fc.constantFrom('run', 'runsync'),
    endpoint: fc.constantFrom('default', 'orders'),
    ttlMs: RARELY_DUE.map((ms) => (ms === null ? null : ms + 1)),
    input: TEXT,
  })
  .map(({ ttlMs, input, ...given }): Step => async ({ store, model }) => {
    const expiresAt = ttlMs === null ? null : model.now + ttlMs
    const job = queuedJob(given.id, { ...given, submittedAt: model.now, expiresAt, webhook: 'http://h/' })
    const whole = { head: 'h', code: 'é', input }
    const isKept = model.find(given.id) !== undefined
    const added = await store.add(job, whole).catch((error: unknown) => String(error))
    return [added, isKept ? `Error: A job ${given.id} is kept already.` : model.add(job, whole)]
  })

const ENDINGS = [
  {},
  { error: 'x', code: 'GUEST_THREW' },
  { error: 'é', code: 'LIMIT_WALL', isTimedOut: true },
  { output: null, code: 'CANCELLED' },
] as const

const update = fc
  .record({
    any: ID,
    place: fc.nat({ max: 20 }),
    kind: fc.constantFrom('start', 'finish', 'finish', 'finish', 'webhook', 'expiry', 'earlier'),
    ending: fc.constantFrom(...ENDINGS),
    output: TEXT,
    dueInMs: RARELY_DUE,
  })
  .map(({ any, place, kind, ending, output, dueInMs }): Step => async ({ store, model }) => {
    // Mostly one that is kept.
    const id = model.jobs[place]?.job.id ?? model.jobs[place % 7]?.job.id ?? any
    const job = model.find(id)?.job ?? queuedJob(id, { submittedAt: model.now })
    const webhookDueAt = dueInMs === null ? null : model.now + dueInMs
    const changed = {
      start: startedJob(job, model.now),
      finish: { ...finishedJob(job, model.now, { output, ...ending }), webhookDueAt },
      webhook:
        job.finishedAt === null ? job : { ...job, webhookTries: job.webhookTries + 1, webhookDueAt, output: null },
      expiry: { ...job, expiresAt: webhookDueAt },
      earlier: { ...finishedJob(job, model.now, { output, ...ending }), webhookDueAt, retries: job.retries - 1 },
    }[kind]
    await store.update(changed)
    model.update(changed)
  })

const restart = ID.map((id): Step => async ({ store, model }) => {
  const kept = model.find(id)?.job
  const job = queuedJob(id, { ...kept, submittedAt: model.now })
  const again: Job = { ...job, ...CLEARED, retries: (kept?.retries ?? 0) + 1 }
  return [await store.restart(again), model.restart(again)]
})

const CLEARED = {
  status: 'IN_QUEUE',
  startedAt: null,
  finishedAt: null,
  delayMs: 0,
  executionMs: 0,
  webhookTries: 0,
  webhookDueAt: null,
  output: null,
  error: null,
  code: null,
} as const satisfies Partial<Job>

const remove = ID.map((id): Step => async ({ store, model }) => {
  await store.remove(id)
  model.jobs = model.jobs.filter(({ job }) => job.id !== id)
})

const addChunk = fc.record({ id: ID, value: TEXT }).map(({ id, value }): Step => async ({ store, model }) => {
  await store.addChunk(id, value)
  const kept = model.find(id)
  if (kept === undefined || !model.isOpen(kept)) return
  kept.chunks.push(value)
  model.shrink(kept)
})

const takeChunks = fc
  .record({ id: ID, characters: fc.integer({ min: 0, max: 4_000 }) })
  .map(({ id, characters }): Step => async ({ store, model }) => {
    const chunks = model.find(id)?.chunks ?? []
    let count = 0
    while (count < chunks.length && (count === 0 || chunks.slice(0, count + 1).join('').length <= characters))
      count += 1
    return [await store.takeChunks(id, characters), chunks.splice(0, count)]
  })

const pass = fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.constantFrom(RETENTION_MS.run, RETENTION_MS.runsync)).map(
  (ms): Step =>
    async ({ model }) =>
      model.pass(ms),
)

/** Everything that can be seen of the store. */
async function compare({ store, model }: Pair, ids: readonly string[]): Promise<void> {
  const bare = ({ job }: ModelJob): Job => ({ ...job, output: null })
  const sorted = model.sorted()
  const [jobs, inputs, unfinished, due, ...others] = await Promise.all([
    Promise.all(ids.map((id) => store.get(id))),
    Promise.all(ids.map((id) => store.input(id))),
    store.unfinished(),
    store.dueWebhooks(model.now, 3),
    store.list('default', { limit: 3, before: null, status: null }),
    store.list('orders', { limit: 10, before: model.now, status: 'COMPLETED' }),
  ])
  expect(jobs).toEqual(ids.map((id) => model.find(id)?.job ?? null))
  expect(inputs).toEqual(ids.map((id) => model.find(id)?.input ?? null))
  expect(unfinished).toEqual(sorted.filter(model.isOpen).map(bare))
  const dueJobs = model.jobs.filter((one) => !model.isOpen(one) && (one.job.webhookDueAt ?? Infinity) <= model.now)
  expect(due).toEqual(
    dueJobs
      .toSorted((a, b) => (a.job.webhookDueAt ?? 0) - (b.job.webhookDueAt ?? 0))
      .slice(0, 3)
      .map(({ job }) => job),
  )
  const newest = sorted.toReversed()
  expect(others).toEqual([
    newest
      .filter(({ job }) => job.endpoint === 'default')
      .slice(0, 3)
      .map(bare),
    newest
      .filter(({ job }) => job.endpoint === 'orders' && job.status === 'COMPLETED' && job.submittedAt < model.now)
      .map(bare),
  ])
}

describe.each(ENGINES)('the $name store', ({ open }) => {
  test('does whatever is asked of it as the simplest store would', { timeout: 120_000 }, async () => {
    const steps = fc.array(
      fc.oneof(
        { arbitrary: add, weight: 6 },
        { arbitrary: update, weight: 5 },
        { arbitrary: restart, weight: 1 },
        { arbitrary: remove, weight: 1 },
        { arbitrary: addChunk, weight: 2 },
        { arbitrary: takeChunks, weight: 1 },
        { arbitrary: pass, weight: 2 },
      ),
      { minLength: 40, maxLength: 80 },
    )
    const seen = { run: 0, runsync: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const model = new Model()
        await using store = await open({ maxJobs: MAX_JOBS, maxBytes: MAX_BYTES, now: () => model.now })
        for (const step of all) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          const [said, expected] = (await step({ store, model })) ?? []
          expect(said).toEqual(expected)
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          await compare({ store, model }, IDS)
        }
        seen.run += model.seen.run
        seen.runsync += model.seen.runsync
        seen.refused += model.seen.refused
      }),
      { numRuns: 25, interruptAfterTimeLimit: 90_000, markInterruptAsFailure: true },
    )
    // Otherwise the steps would show little.
    expect(Math.min(seen.run, seen.runsync, seen.refused)).toBeGreaterThan(5)
  })
})
