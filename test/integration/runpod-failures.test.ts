// A platform that is down, slow, wrong or hostile: it is asked ever less often, nothing of it gets in, and pings go on.
import { describe, expect, test } from 'vitest'
import { LoopbackServer, answerJson } from '../support/loopback-server.ts'
import { PlatformHarness, stopped } from '../support/platform-harness.ts'
import { waitFor } from '../support/service-process.ts'

const WAIT_MS = 10_000

/** When requests for jobs came, while `answer` decides what becomes of them. */
function watchTakes(answer: (response: Parameters<typeof answerJson>[0], count: number) => boolean) {
  const times: number[] = []
  const startedAt = performance.now()
  return {
    times,
    /** From before the first to the last of them: no less than the pauses, however late each of them arrived. */
    lastedMs: () => (times.at(-1) ?? 0) - startedAt,
    misbehave: (response: Parameters<typeof answerJson>[0], _asked: unknown, route: string): boolean => {
      if (route !== 'job-take') return false
      times.push(performance.now())
      return answer(response, times.length)
    },
    /** The pauses between them, which no slow machine makes shorter. */
    gaps: () => times.slice(1).map((time, index) => time - (times[index] ?? 0)),
  }
}

/** A timer of Node.js may fire this much early. */
const EARLY_MS = 2

describe('a platform that fails', () => {
  test.each([
    ['cuts every connection', (response: Parameters<typeof answerJson>[0]) => void response.destroy()],
    ['answers 500', (response: Parameters<typeof answerJson>[0]) => void response.writeHead(500).end()],
    ['answers 401', (response: Parameters<typeof answerJson>[0]) => void response.writeHead(401).end()],
  ])('and %s is asked ever less often, and worked for when it is back', async (_title, fail) => {
    const takes = watchTakes((response, count) => {
      if (count > 6) return false
      fail(response)
      return true
    })
    await using harness = await PlatformHarness.start({
      platform: { misbehave: takes.misbehave },
      timing: { backOffMs: 40, backOffMaxMs: 160 },
    })
    harness.platform.give(harness.job('a'))
    await harness.platform.end('a')
    const least = [30, 60, 120, 120, 120, 120]
    for (const [index, gap] of takes.gaps().slice(0, 6).entries()) {
      expect(gap).toBeGreaterThanOrEqual((least[index] ?? 0) - EARLY_MS)
    }
    expect(harness.logged('no jobs can be taken')).toHaveLength(6)
  })

  test('and that nobody can reach is tried again without an end', async () => {
    const gone = await LoopbackServer.start(() => undefined)
    const url = `${gone.url}/job-take/$ID?a=b`
    await gone[Symbol.asyncDispose]()
    await using harness = await PlatformHarness.start({ env: { RUNPOD_WEBHOOK_GET_JOB: url } })
    await waitFor(() => harness.logged('no jobs can be taken').length > 3, WAIT_MS, 'nobody tried again')
    expect(harness.logged('no jobs can be taken')[0]?.fields).toEqual({
      problem: 'The platform cannot be asked (ECONNREFUSED).',
    })
  })

  test('and wants patience with 429 gets it', async () => {
    const takes = watchTakes((response, count) => {
      if (count > 2) return false
      response.writeHead(429).end()
      return true
    })
    await using harness = await PlatformHarness.start({ platform: { misbehave: takes.misbehave } })
    harness.platform.give(harness.job('a'))
    await harness.platform.end('a')
    for (const gap of takes.gaps().slice(0, 2)) expect(gap).toBeGreaterThanOrEqual(300 - EARLY_MS)
  })

  test.each([204, 400])('and answers %i at once is not asked in a loop', async (status) => {
    const takes = watchTakes((response) => {
      response.writeHead(status).end()
      return true
    })
    await using harness = await PlatformHarness.start({
      platform: { misbehave: takes.misbehave },
      timing: { emptyTakeMs: 60 },
    })
    await waitFor(() => takes.times.length === 10, WAIT_MS, 'it was not asked')
    expect(takes.lastedMs()).toBeGreaterThanOrEqual(9 * (60 - EARLY_MS))
    expect(harness.logged('no jobs can be taken')).toEqual([])
  })

  test('and never answers is given up after the poll time', async () => {
    const takes = watchTakes((_response, count) => count === 1)
    await using harness = await PlatformHarness.start({
      platform: { misbehave: takes.misbehave },
      timing: { pollMs: 400 },
    })
    await waitFor(() => takes.times.length > 1, WAIT_MS, 'it was not asked again')
    expect(harness.logged('no jobs can be taken')[0]?.fields).toEqual({
      problem: 'The platform did not answer within 400 ms.',
    })
  })

  test('and sends 100 MB is cut off at the limit; the job whose id came is told why', async () => {
    const chunk = Buffer.alloc(1_000_000, 'x')
    let sent = 0
    const takes = watchTakes((response, count) => {
      if (count > 1) return false
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":"huge","input":{"text":"')
      const more = (): void => {
        while (sent < 100_000_000 && !response.destroyed) {
          sent += chunk.length
          if (!response.write(chunk)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
      return true
    })
    await using harness = await PlatformHarness.start({ platform: { misbehave: takes.misbehave } })
    expect(await harness.platform.end('huge')).toEqual({
      error: 'PAYLOAD_TOO_LARGE: The platform sends more than 1,065,536 bytes at once, which is the limit.',
    })
    harness.platform.give(harness.job('next'))
    await harness.platform.end('next')
    expect(sent).toBeLessThan(100_000_000)
    await harness.worker.drain()
    expect(harness.held()).toBe(0)
  })

  test('and sends elsewhere is not followed, and nobody else gets the key', async () => {
    await using other = await LoopbackServer.start((response) => answerJson(response, { id: 'stolen', input: {} }))
    const takes = watchTakes((response, count) => {
      if (count > 2) return false
      response.writeHead(307, { location: `${other.url}/job-take` }).end()
      return true
    })
    await using harness = await PlatformHarness.start({ platform: { misbehave: takes.misbehave } })
    harness.platform.give(harness.job('a'))
    await harness.platform.end('a')
    expect(other.connections).toBe(0)
  })

  test('and answers compressed is not decompressed', async () => {
    const takes = watchTakes((response, count) => {
      if (count > 1) return false
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('{"id":"a"}')
      return true
    })
    await using harness = await PlatformHarness.start({ platform: { misbehave: takes.misbehave } })
    harness.platform.give(harness.job('b'))
    await harness.platform.end('b')
    expect(harness.platform.requests('job-take')[0]?.headers['accept-encoding']).toBe('identity')
  })

  test('and gives a job again and again while it runs is not asked in a loop', async () => {
    const takes = watchTakes((response) => {
      answerJson(response, SAME)
      return true
    })
    await using harness = await PlatformHarness.start({
      platform: { misbehave: takes.misbehave },
      timing: { emptyTakeMs: 60 },
      worker: { concurrency: () => (takes.times.length < 10 ? 2 : 1) },
      scripts: { stopped },
    })
    // Two are asked for at first, which is another route.
    harness.platform.give(SAME)
    await waitFor(() => takes.times.length === 10, WAIT_MS, 'it was not asked')
    expect(takes.lastedMs()).toBeGreaterThanOrEqual(9 * (60 - EARLY_MS))
    expect(harness.contexts).toHaveLength(1)
  })
})

const SAME = { id: 'same', input: { function_name: 'stopped', function_code: 'x' } }

describe('pings', () => {
  test('come on their own clock, whatever jobs and polls do, and name the jobs', async () => {
    await using harness = await PlatformHarness.start({
      platform: { misbehave: (_response, _asked, route) => route === 'job-done' || route === 'job-stop' },
      worker: { concurrency: () => 2 },
      scripts: { hangs: stopped },
      env: { RUNPOD_PING_INTERVAL: '100' },
    })
    const { platform } = harness
    platform.give(harness.job('hangs', 'hangs'), harness.job('posts'))
    await platform.until(() => platform.told('posts').length === 1, 'no result came')
    const seen = platform.requests('ping').length
    await platform.until(() => platform.requests('ping').length > seen + 5, 'pings stopped')
    expect(platform.requests('ping').at(-1)?.path).toBe(
      '/v2/ep-1/ping/pod-1?gpu=X&job_id=hangs%2Cposts&runpod_version=9.9.9',
    )
  })

  test('that fail are told of once, and once when they come through again', async () => {
    let failing = true
    await using harness = await PlatformHarness.start({
      platform: {
        misbehave: (response, _asked, route) => {
          if (route !== 'ping' || !failing) return false
          response.writeHead(503).end()
          return true
        },
      },
      env: { RUNPOD_PING_INTERVAL: '100' },
    })
    await harness.platform.until(() => harness.platform.requests('ping').length > 3, 'it was not tried again')
    expect(harness.logged('pings do not reach')).toHaveLength(1)
    failing = false
    await waitFor(() => harness.logged('pings reach').length === 1, WAIT_MS, 'nobody noticed')
  })
})

describe('a service', () => {
  test('that cannot start an executor says so in one ping, takes nothing, and is unfit', async () => {
    await using harness = await PlatformHarness.start({ worker: { ready: () => 'unhealthy' } })
    expect(await harness.worker.unfit).toBe('no executor process can be started')
    expect(harness.platform.requests('ping').map(({ path }) => path)).toEqual([
      '/v2/ep-1/ping/pod-1?gpu=X&runpod_version=9.9.9&status=unhealthy&check=executors' +
        '&reason=no%20executor%20process%20can%20be%20started',
    ])
    expect(harness.platform.requests('job-take', 'job-stop')).toEqual([])
  })

  test('takes nothing before it is ready, nor while it is not any more', async () => {
    let health: 'starting' | 'ready' | 'unhealthy' = 'starting'
    let asked = 0
    await using harness = await PlatformHarness.start({ worker: { ready: () => ((asked += 1), health) } })
    const { platform } = harness
    platform.give(harness.job('a'))
    await waitFor(() => asked > 5, WAIT_MS, 'nobody asked whether it is ready')
    expect(platform.requests('job-take', 'ping')).toEqual([])
    health = 'ready'
    await platform.end('a')
    health = 'unhealthy'
    let before = asked
    // Who asks has no question for jobs on its way.
    await waitFor(() => asked > before + 1, WAIT_MS, 'nobody asked whether it is ready')
    platform.give(harness.job('b'))
    before = asked
    await waitFor(() => asked > before + 3, WAIT_MS, 'nobody asked whether it is ready')
    expect(platform.told('b')).toEqual([])
    health = 'ready'
    await platform.end('b')
  })

  test('that holds as much as it may takes no jobs until there is room', async () => {
    let isFull = true
    let asked = 0
    await using harness = await PlatformHarness.start({
      worker: {
        reserve: () => {
          asked += 1
          return isFull ? null : { resize: () => true, release: () => undefined }
        },
      },
    })
    harness.platform.give(harness.job('a'))
    await waitFor(() => asked > 3, WAIT_MS, 'nobody asked for room')
    expect(harness.platform.requests('job-take')).toEqual([])
    isFull = false
    await harness.platform.end('a')
  })

  test('without room for an answer that comes tells the job that it is so', async () => {
    await using harness = await PlatformHarness.start({
      worker: { reserve: () => ({ resize: () => false, release: () => undefined }) },
    })
    harness.platform.give(harness.job('a'))
    expect(await harness.platform.end('a')).toEqual({
      error: expect.stringMatching(/^BUFFERS_FULL: There is no room for what the platform sends/u),
    })
    expect(harness.contexts).toEqual([])
  })
})
