// Webhooks over a store of a few lines and a clock that the test moves: tries, their spacing, restarts.
import { describe, expect, test } from 'vitest'
import { WebhookDeliverer } from '../../src/jobs/webhook-deliverer.ts'
import type { WebhookDelivererOptions, WebhookJob, WebhookPosted } from '../../src/jobs/webhook-deliverer.ts'
import { beginTry, endTry, firstTry } from '../../src/jobs/webhook-schedule.ts'
import type { WebhookState } from '../../src/jobs/webhook-schedule.ts'
import { until } from '../support/test-service.ts'

const START = 1_000_000

describe('the schedule', () => {
  test('begins when the job has ended, and only where there is a webhook', () => {
    expect(firstTry('http://x/', START)).toEqual({ webhookTries: 0, webhookDueAt: START })
    expect(firstTry(null, START)).toEqual({ webhookTries: 0, webhookDueAt: null })
  })

  test('is three tries, ten seconds from the end of one to the next', () => {
    let state: WebhookState | null = firstTry('http://x/', START)
    let now = START
    const dueAt: (number | null)[] = []
    for (let begun = beginTry(state, now); begun !== null; begun = beginTry(state, now)) {
      now += 3_000
      state = endTry(begun, 'failed', now)
      dueAt.push(state.webhookDueAt === null ? null : state.webhookDueAt - now)
    }
    expect(dueAt).toEqual([10_000, 10_000, null])
    expect(state).toEqual({ webhookTries: 3, webhookDueAt: null })
  })

  test.each(['taken', 'final'] as const)('is over when a try was %s', (result) => {
    expect(endTry({ webhookTries: 1, webhookDueAt: 5 }, result, START).webhookDueAt).toBeNull()
  })

  test('makes a try again that the end of the service has interrupted', () => {
    const begun = beginTry({ webhookTries: 2, webhookDueAt: START }, START)
    expect(begun && endTry(begun, 'interrupted', START + 5)).toEqual({ webhookTries: 2, webhookDueAt: START + 5 })
  })
})

type Post = WebhookDelivererOptions<WebhookJob>['post']

/** What outlives a deliverer. */
class World {
  now = START
  readonly jobs = new Map<string, WebhookJob>()
  readonly posts: { readonly id: string; readonly at: number }[] = []
  readonly givenUp: string[] = []
  readonly results: string[] = []
  readonly defects: unknown[] = []
  post: Post = async () => ({ ok: true })
  inProgress = 0
  most = 0

  add(id: string, state: Partial<WebhookJob> = {}): void {
    this.jobs.set(id, { id, webhook: `http://hook.example/${id}`, webhookTries: 0, webhookDueAt: this.now, ...state })
  }

  create(options: Partial<WebhookDelivererOptions<WebhookJob>> = {}): WebhookDeliverer<WebhookJob> {
    const deliverer = new WebhookDeliverer<WebhookJob>({
      due: async (now, limit) =>
        [...this.jobs.values()].filter(({ webhookDueAt: at }) => at !== null && at <= now).slice(0, limit),
      update: async ({ id }, state) => {
        const job = this.jobs.get(id)
        if (job !== undefined) this.jobs.set(id, { ...job, ...state })
      },
      post: async (url, body, signal) => {
        this.posts.push({ id: body, at: this.now })
        this.most = Math.max(this.most, (this.inProgress += 1))
        const posted = await this.post(url, body, signal)
        this.inProgress -= 1
        return posted
      },
      body: ({ id }) => id,
      now: () => this.now,
      onPosted: (result) => void this.results.push(result),
      onGivenUp: (id, tries, message) => void this.givenUp.push(`${id} ${tries} ${message}`),
      onDefect: (error) => void this.defects.push(error),
      pollMs: 5,
      ...options,
    })
    deliverer.start()
    return deliverer
  }

  /** Settles when nothing is due and nothing in progress. */
  async quiet(): Promise<void> {
    const isDue = ({ webhookDueAt: at }: WebhookJob): boolean => at !== null && at <= this.now
    await until(() => this.inProgress === 0 && ![...this.jobs.values()].some(isDue), 5_000)
  }
}

const FAILED: WebhookPosted = { ok: false, isFinal: false, message: 'It answers with status 500.' }
const FINAL: WebhookPosted = { ok: false, isFinal: true, message: 'It leads to this machine.' }

describe('the deliverer', () => {
  test('posts what is due once, and nothing that is not', async () => {
    const world = new World()
    world.add('due')
    world.add('later', { webhookDueAt: START + 1 })
    world.add('never', { webhook: null, webhookDueAt: null })
    await using _ = world.create()
    await world.quiet()
    expect(world.posts).toEqual([{ id: 'due', at: START }])
    expect(world.jobs.get('due')).toMatchObject({ webhookTries: 1, webhookDueAt: null })
  })

  test('tries three times, ten seconds apart, and then gives up with the reason', async () => {
    const world = new World()
    world.post = async () => FAILED
    world.add('a')
    await using _ = world.create()
    await world.quiet()
    for (let second = 0; second < 60; second += 1) {
      world.now += 1_000
      await world.quiet()
    }
    expect(world.posts.map(({ at }) => at - START)).toEqual([0, 10_000, 20_000])
    expect(world.givenUp).toEqual(['a 3 It answers with status 500.'])
    expect(world.results).toEqual(['failed', 'failed', 'failed'])
  })

  test('stops at a try that is taken', async () => {
    const world = new World()
    world.post = async () => (world.posts.length === 1 ? FAILED : { ok: true })
    world.add('a')
    await using _ = world.create()
    await world.quiet()
    world.now += 10_000
    await world.quiet()
    world.now += 60_000
    await world.quiet()
    expect(world.posts).toHaveLength(2)
    expect(world.givenUp).toEqual([])
    expect(world.results).toEqual(['failed', 'taken'])
  })

  test('does not try again what can only end in the same way', async () => {
    const world = new World()
    world.post = async () => FINAL
    world.add('a')
    await using _ = world.create()
    await world.quiet()
    world.now += 60_000
    await world.quiet()
    expect(world.posts).toHaveLength(1)
    expect(world.givenUp).toEqual(['a 1 It leads to this machine.'])
  })

  test('has no more than so many posts in progress, and gets through all of them', async () => {
    const world = new World()
    world.post = async () => new Promise((resolve) => setTimeout(resolve, 2, { ok: true }))
    for (let index = 0; index < 50; index += 1) world.add(`job-${index}`)
    await using _ = world.create({ concurrency: 3 })
    await world.quiet()
    expect(world.most).toBe(3)
    expect(new Set(world.posts.map(({ id }) => id)).size).toBe(50)
    expect(world.posts).toHaveLength(50)
  })

  test('does not let one host that never answers keep the others waiting', async () => {
    const world = new World()
    world.post = async (url, _body, signal) => {
      if (!url.endsWith('/slow')) return { ok: true }
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(FAILED), { once: true }))
    }
    world.add('slow')
    for (let index = 0; index < 20; index += 1) world.add(`job-${index}`)
    const deliverer = world.create({ concurrency: 2 })
    await until(() => world.posts.length === 21, 5_000)
    await deliverer[Symbol.asyncDispose]()
    expect([...world.jobs.values()].filter(({ webhookDueAt }) => webhookDueAt !== null)).toMatchObject([{ id: 'slow' }])
  })

  test('is woken by a job that has just ended', async () => {
    const world = new World()
    await using deliverer = world.create({ pollMs: 60_000 })
    await world.quiet()
    world.add('a')
    deliverer.wake()
    await world.quiet()
    expect(world.posts).toHaveLength(1)
  })

  test('goes on after a failure of the store, which it tells', async () => {
    const world = new World()
    let fails = true
    world.add('a')
    await using _ = world.create({
      due: async () => {
        if (fails) throw new Error('the disk is full')
        return [...world.jobs.values()].filter(({ webhookDueAt: at }) => at !== null && at <= world.now)
      },
    })
    await until(() => world.defects.length > 1, 5_000)
    fails = false
    await world.quiet()
    expect(world.posts).toHaveLength(1)
  })
})

describe('a restart', () => {
  test('finds what was due, with the tries that were made', async () => {
    const world = new World()
    world.post = async () => FAILED
    world.add('a')
    const first = world.create()
    await world.quiet()
    await first[Symbol.asyncDispose]()
    world.now += 10_000
    await using _ = world.create()
    await world.quiet()
    world.now += 10_000
    await world.quiet()
    world.now += 60_000
    await world.quiet()
    expect(world.posts.map(({ at }) => at - START)).toEqual([0, 10_000, 20_000])
  })

  test('makes a try that the end of the service interrupted, and does not count it', async () => {
    const world = new World()
    world.post = async (_url, _body, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(FAILED), { once: true }))
    world.add('a')
    const first = world.create()
    await until(() => world.posts.length === 1, 5_000)
    await first[Symbol.asyncDispose]()
    expect(world.jobs.get('a')).toMatchObject({ webhookTries: 0, webhookDueAt: START })
    world.post = async () => ({ ok: true })
    await using _ = world.create()
    await world.quiet()
    expect(world.jobs.get('a')).toMatchObject({ webhookTries: 1, webhookDueAt: null })
  })

  test('does not post for ever what kills the service each time: a try counts from its beginning', async () => {
    const world = new World()
    world.post = async () => new Promise(() => {})
    world.add('a')
    for (let start = 0; start < 5; start += 1) {
      // A process that is killed disposes of nothing.
      world.create()
      const before = world.posts.length
      await until(() => world.posts.length > before || world.jobs.get('a')?.webhookDueAt === null, 5_000)
      world.now += 60_000
    }
    expect(world.posts).toHaveLength(3)
    expect(world.givenUp).toEqual(['a 3 The service ended while it made the last try.'])
  })
})
