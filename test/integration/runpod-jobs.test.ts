// How the worker takes jobs and ends them: how many at once, which twice, which stopped, and what becomes of their ends.
import { describe, expect, test } from 'vitest'
import type { Asked } from '../support/loopback-server.ts'
import type { PlatformRoute } from '../support/mock-platform.ts'
import { PlatformHarness, returned, stopped } from '../support/platform-harness.ts'
import { waitFor, withDeadline } from '../support/service-process.ts'

const WAIT_MS = 10_000
/** Far longer than any test may take. */
const ENDLESS_MS = 120_000

/** A script that runs until a test lets it go, and how many of it run. */
function gate() {
  const opened = Promise.withResolvers<void>()
  const seen = { running: 0, most: 0, started: 0 }
  return {
    seen,
    open: opened.resolve,
    script: async () => {
      seen.started += 1
      seen.most = Math.max(seen.most, (seen.running += 1))
      await opened.promise
      seen.running -= 1
      return returned('null')
    },
  }
}

function answerDone(status: number, times = Number.POSITIVE_INFINITY) {
  let left = times
  return (
    response: { writeHead(status: number): { end(): unknown } },
    _asked: Asked,
    route: PlatformRoute,
  ): boolean => {
    if (route !== 'job-done' || left <= 0) return false
    left -= 1
    response.writeHead(status).end()
    return true
  }
}

describe('taking', () => {
  test('asks for as many jobs as there is room for, and runs no more than that when it gets more', async () => {
    const { seen, open, script } = gate()
    await using harness = await PlatformHarness.start({ worker: { concurrency: () => 2 }, scripts: { script } })
    const { platform } = harness
    platform.misbehave((response, _asked, route) => {
      if (route !== 'job-take-batch' || seen.started > 0) return false
      const jobs = ['a', 'b', 'c', 'd'].map((id) => harness.job(id, 'script'))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jobs))
      return true
    })
    await waitFor(() => seen.running === 2, WAIT_MS, 'two jobs never ran')
    const asked = platform.requests('job-take', 'job-take-batch').length
    await platform.until(() => platform.requests('ping').some(({ path }) => path.includes('a%2Cb%2Cc%2Cd')), 'no ping')
    expect(platform.requests('job-take', 'job-take-batch')).toHaveLength(asked)
    open()
    await Promise.all(['a', 'b', 'c', 'd'].map(async (id) => platform.end(id)))
    expect(seen.most).toBe(2)
  })

  test('asks again for one as soon as one of two has ended, and says that it is busy', async () => {
    const first = gate()
    const second = gate()
    await using harness = await PlatformHarness.start({
      worker: { concurrency: () => 2 },
      scripts: { first: first.script, second: second.script },
    })
    const { platform } = harness
    platform.give(harness.job('a', 'first'), harness.job('b', 'second'))
    await waitFor(() => first.seen.running + second.seen.running === 2, WAIT_MS, 'the jobs never ran')
    first.open()
    await platform.end('a')
    await platform.until(() => platform.requests('job-take').length > 0, 'no further job was asked for')
    expect(platform.requests('job-take').at(-1)?.path).toContain('job_in_progress=1')
    second.open()
    await platform.end('b')
  })

  test('runs a job that comes twice once, and again when it comes after its end', async () => {
    const { seen, open, script } = gate()
    await using harness = await PlatformHarness.start({ worker: { concurrency: () => 3 }, scripts: { script } })
    const { platform } = harness
    platform.give(harness.job('a', 'script'), harness.job('a', 'script'))
    await waitFor(() => harness.logged('is here already').length === 1, WAIT_MS, 'nobody noticed')
    open()
    await platform.end('a')
    expect(seen.started).toBe(1)
    platform.give(harness.job('a', 'script'))
    await platform.until(() => platform.told('a').length === 2, 'the job did not run again')
    expect(new Set(harness.contexts.map(({ id }) => id)).size).toBe(2)
  })

  test('gives a task the wall time of its policy and no id of the platform', async () => {
    await using harness = await PlatformHarness.start()
    harness.platform.give(harness.job('theirs', 'any', { policy: { executionTimeout: 7_000, ttl: 10_000 } }))
    await harness.platform.end('theirs')
    expect(harness.contexts[0]).toMatchObject({ wallMs: 7_000, inputBytes: 1_000_000, tenant: 'default' })
    expect(harness.contexts[0]?.id).toMatch(/^platform-[\w-]+$/u)
  })

  test('ends a job that is no request, or has no input, with an error', async () => {
    await using harness = await PlatformHarness.start()
    harness.platform.give({ id: 'list', input: [1] }, { id: 'empty', input: {} }, { id: 'none' })
    expect(await harness.platform.end('list')).toMatchObject({ error: expect.stringMatching(/must be a mapping/u) })
    expect(await harness.platform.end('empty')).toMatchObject({ error: expect.stringMatching(/^Error in handler: /u) })
    expect(await harness.platform.end('none')).toEqual({ error: 'Error in handler: The job has no input.' })
    expect(harness.logged('cannot run')).toMatchObject([{ level: 'error', fields: { requestId: 'none' } }])
  })

  test('puts ids with strange characters into URLs, headers and the log as what they are', async () => {
    const id = 'a/../b?c=d&isStream=true#"é\r\nX-Evil: 1\u2028'
    await using harness = await PlatformHarness.start()
    harness.platform.give(harness.job(id))
    await harness.platform.end(id)
    await harness.worker.drain()
    const [told] = harness.platform.told(id)
    expect(told?.path).toBe(`/v2/ep-1/job-done/pod-1/${encodeURIComponent(id)}?gpu=X&isStream=false`)
    expect(told?.headers).toMatchObject({ 'x-request-id': encodeURIComponent(id) })
    expect(told?.headers['x-evil']).toBeUndefined()
    expect(harness.logged('has ended')).toMatchObject([{ fields: { requestId: id } }])
  })

  test('holds nothing of a job that has ended', async () => {
    await using harness = await PlatformHarness.start({ worker: { concurrency: () => 4 } })
    harness.platform.give(...['a', 'b', 'c'].map((id) => harness.job(id)), { id: 'bad' }, 5)
    await Promise.all(['a', 'b', 'c', 'bad'].map(async (id) => harness.platform.end(id)))
    await harness.worker.drain()
    expect(harness.held()).toBe(0)
  })
})

describe('stop signals', () => {
  test('stop what runs and what waits, and nothing is posted of it', async () => {
    await using harness = await PlatformHarness.start({ scripts: { stopped } })
    const { platform } = harness
    platform.misbehave((response, _asked, route) => {
      if (route !== 'job-take' || harness.contexts.length > 0) return false
      const jobs = ['runs', 'waits'].map((id) => harness.job(id, 'stopped'))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jobs))
      return true
    })
    await waitFor(() => harness.contexts.length === 1, WAIT_MS, 'no job ran')
    platform.stopJobs('waits', 'unknown', 5)
    platform.stopJobs('runs')
    await waitFor(() => harness.logged('has ended').length === 2, WAIT_MS, 'the jobs did not end')
    platform.give(harness.job('next'))
    await platform.end('next')
    await harness.worker.drain()
    expect([...platform.told('runs'), ...platform.told('waits')]).toEqual([])
    expect(harness.worker.counts).toEqual({ taken: 3, ended: 1, stopped: 2, lostResults: 0 })
  })

  test('reach a job whose result is on its way: it is not tried again', async () => {
    await using harness = await PlatformHarness.start({
      timing: { retryMs: [ENDLESS_MS] },
      platform: { misbehave: answerDone(500) },
    })
    harness.platform.give(harness.job('a'))
    await harness.platform.until(() => harness.platform.told('a').length === 1, 'no result was posted')
    harness.platform.stopJobs('a')
    await waitFor(() => harness.logged('has ended').length === 1, WAIT_MS, 'the job did not end')
    expect(harness.worker.counts).toMatchObject({ stopped: 1, lostResults: 0 })
  })
})

describe('an end', () => {
  test.each([400, 413])('that the platform refuses with %i has an error in its place', async (status) => {
    await using harness = await PlatformHarness.start({
      platform: { misbehave: answerDone(status, 1) },
      scripts: { big: () => returned(JSON.stringify('x'.repeat(100_000))) },
    })
    harness.platform.give(harness.job('a', 'big'), harness.job('next'))
    await harness.platform.end('next')
    await harness.worker.drain()
    const [first, second, ...more] = harness.platform.told('a')
    expect(more).toEqual([])
    const bytes = first?.body.length ?? 0
    expect(bytes).toBeGreaterThan(100_000)
    expect(JSON.parse(second?.body ?? '')).toEqual({
      error: expect.stringContaining(
        `The result is ${bytes.toLocaleString('en-US')} bytes, and the platform refused it with status ${status};`,
      ),
    })
    expect(harness.worker.counts).toMatchObject({ ended: 1, lostResults: 1 })
    expect(harness.logged('was not taken')).toMatchObject([
      { level: 'error', fields: { requestId: 'a', end: 'replaced', bytes, lostResults: 1 } },
    ])
  })

  test('that does not get through is tried three times, and comes once it does', async () => {
    await using harness = await PlatformHarness.start({ platform: { misbehave: answerDone(500, 2) } })
    harness.platform.give(harness.job('a'))
    await harness.platform.until(() => harness.platform.told('a').length === 3, 'there were not three attempts')
    await harness.worker.drain()
    expect(new Set(harness.platform.told('a').map(({ body }) => body)).size).toBe(1)
    expect(harness.worker.counts).toMatchObject({ ended: 1, lostResults: 0 })
  })

  test('that never gets through is an error of the log with its size, and the next job runs', async () => {
    await using harness = await PlatformHarness.start({ platform: { misbehave: answerDone(503, 3) } })
    harness.platform.give(harness.job('a'), harness.job('b'))
    await harness.platform.end('b')
    expect(harness.platform.told('a')).toHaveLength(3)
    const bytes = harness.platform.told('a')[0]?.body.length
    expect(harness.logged('was not taken')).toMatchObject([
      {
        level: 'error',
        fields: { requestId: 'a', end: 'lost', bytes, problem: 'The platform answers with status 503.' },
      },
    ])
  })

  test('of a defect of the service has the form of an exception, and the defect is told', async () => {
    await using harness = await PlatformHarness.start({
      env: { RUNPOD_POD_HOSTNAME: 'host-7' },
      scripts: { broken: () => Promise.reject(new Error('/secret/path')) },
    })
    harness.platform.give(harness.job('a', 'broken'))
    const { error } = (await harness.platform.end('a')) as { error: string }
    expect(JSON.parse(error)).toMatchObject({ hostname: 'host-7', worker_id: 'pod-1', runpod_version: '9.9.9' })
    expect(error).not.toContain('secret')
    expect(harness.defects).toMatchObject([{ message: '/secret/path' }])
  })
})

describe('the end of the worker', () => {
  test('does not wait for a request for jobs that the platform holds', async () => {
    await using harness = await PlatformHarness.start({
      platform: { pollMs: ENDLESS_MS },
      timing: { pollMs: ENDLESS_MS },
    })
    await waitFor(() => harness.platform.waitingTakers === 1, WAIT_MS, 'nothing was asked')
    await withDeadline(harness.worker.drain(), WAIT_MS, 'the drain waits for the poll')
    await waitFor(() => harness.platform.waitingTakers === 0, WAIT_MS, 'the poll goes on')
    await withDeadline(harness.worker[Symbol.asyncDispose](), WAIT_MS, 'the end waits for a poll')
    expect(harness.logged('has ended')).toHaveLength(1)
  })

  test('runs a job whose answer has begun to come', async () => {
    const rest = Promise.withResolvers<void>()
    await using harness = await PlatformHarness.start()
    harness.platform.misbehave((response, _asked, route) => {
      if (route !== 'job-take') return false
      const text = JSON.stringify(harness.job('half'))
      response.writeHead(200, { 'content-type': 'application/json' }).write(text.slice(0, 10))
      void rest.promise.then(() => response.end(text.slice(10)))
      return true
    })
    const asked = harness.platform.requests('job-take').length
    await harness.platform.until(() => harness.platform.requests('job-take').length > asked, 'nothing was asked')
    // The head is here when a ping that was sent after it has been answered.
    const pings = harness.platform.requests('ping').length
    await harness.platform.until(() => harness.platform.requests('ping').length > pings + 1, 'no ping came')
    const drained = harness.worker.drain()
    rest.resolve()
    await withDeadline(drained, WAIT_MS, 'the drain did not end')
    expect(harness.platform.told('half')).toHaveLength(1)
    expect(harness.worker.counts).toMatchObject({ taken: 1, ended: 1 })
  })

  test('waits for what runs, takes nothing more, and pings meanwhile', async () => {
    const { seen, open, script } = gate()
    await using harness = await PlatformHarness.start({
      platform: { pollMs: ENDLESS_MS },
      worker: { concurrency: () => 2 },
      scripts: { script },
    })
    const { platform } = harness
    platform.give(harness.job('a', 'script'))
    await waitFor(() => seen.running === 1 && platform.waitingTakers === 1, WAIT_MS, 'the job never ran')
    const drained = harness.worker.drain()
    await waitFor(() => platform.waitingTakers === 0, WAIT_MS, 'the poll goes on')
    const [takes, pings] = [platform.requests('job-take').length, platform.requests('ping').length]
    platform.give(harness.job('too late', 'script'))
    await platform.until(() => platform.requests('ping').length > pings + 1, 'pings stopped')
    open()
    await drained
    // One may have been on its way when the drain began.
    expect(platform.requests('job-take').length).toBeLessThanOrEqual(takes + 1)
    expect(platform.told('a')).toHaveLength(1)
    expect(platform.told('too late')).toEqual([])
  })

  test('cuts off what does not end, without a word to the platform, and says which', async () => {
    await using harness = await PlatformHarness.start({ scripts: { stopped } })
    harness.platform.give(harness.job('a', 'stopped'))
    await waitFor(() => harness.contexts.length === 1, WAIT_MS, 'the job never ran')
    await harness.worker[Symbol.asyncDispose]()
    expect(harness.platform.told('a')).toEqual([])
    expect(harness.logged('cut off by the end')).toMatchObject([{ level: 'error', fields: { jobIds: ['a'] } }])
  })
})
