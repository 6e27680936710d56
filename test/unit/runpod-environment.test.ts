// The platform's variables, the URLs that come of them, and how many jobs run at once.
import { describe, expect, test } from 'vitest'
import type { DeployedFunction, Deployment } from '../../src/core/deployment.ts'
import { platformConcurrency } from '../../src/runpod/platform-concurrency.ts'
import { readPlatformEnvironment } from '../../src/runpod/platform-environment.ts'
import type { PlatformConfig } from '../../src/runpod/platform-environment.ts'
import { createPlatformUrls } from '../../src/runpod/platform-urls.ts'

const BASE = 'https://api.example/v2/ep'
const ENV = {
  RUNPOD_WEBHOOK_GET_JOB: `${BASE}/job-take/$ID?gpu=X`,
  RUNPOD_WEBHOOK_POST_OUTPUT: `${BASE}/job-done/$RUNPOD_POD_ID/$ID?gpu=X`,
  RUNPOD_WEBHOOK_POST_STREAM: `${BASE}/job-stream/$RUNPOD_POD_ID/$ID?gpu=X`,
  RUNPOD_WEBHOOK_PING: `${BASE}/ping/$RUNPOD_POD_ID?gpu=X`,
  RUNPOD_AI_API_KEY: 'SECRET-KEY',
  RUNPOD_POD_ID: 'pod-1',
}

function read(changes: Readonly<Record<string, string | undefined>> = {}): PlatformConfig {
  const result = readPlatformEnvironment({ ...ENV, ...changes }, () => 'made-up')
  if (!result.ok || result.config === null) throw new Error(JSON.stringify(result))
  return result.config
}

describe("the platform's variables", () => {
  test('are a configuration with the worker in every URL, and the job left open', () => {
    expect(read({ RUNPOD_POD_HOSTNAME: 'host-9', RUNPOD_PING_INTERVAL: '2500' })).toEqual({
      workerId: 'pod-1',
      apiKey: 'SECRET-KEY',
      hostname: 'host-9',
      takeUrl: `${BASE}/job-take/pod-1?gpu=X`,
      doneUrl: `${BASE}/job-done/pod-1/$ID?gpu=X`,
      streamUrl: `${BASE}/job-stream/pod-1/$ID?gpu=X`,
      pingUrl: `${BASE}/ping/pod-1?gpu=X`,
      pingIntervalMs: 2_500,
    })
  })

  test('without a queue are no platform, whatever else they say', () => {
    const result = readPlatformEnvironment({ ...ENV, RUNPOD_WEBHOOK_GET_JOB: '' }, () => 'x')
    expect(result).toEqual({ ok: true, config: null })
  })

  test('need no place for chunks and no pings, and have defaults for the rest', () => {
    const config = read({
      RUNPOD_WEBHOOK_POST_STREAM: undefined,
      RUNPOD_WEBHOOK_PING: undefined,
    })
    expect(config).toMatchObject({ streamUrl: null, pingUrl: null, hostname: 'unknown', pingIntervalMs: 10_000 })
  })

  test.each([{ RUNPOD_AI_API_KEY: '' }, { RUNPOD_POD_ID: '' }])('%j sends no pings', (changes) => {
    expect(read(changes).pingUrl).toBeNull()
  })

  test('give a worker without a name one of its own', () => {
    expect(read({ RUNPOD_POD_ID: undefined })).toMatchObject({
      workerId: 'made-up',
      takeUrl: `${BASE}/job-take/made-up?gpu=X`,
      doneUrl: `${BASE}/job-done/made-up/$ID?gpu=X`,
    })
  })

  test.each([
    ['RUNPOD_WEBHOOK_GET_JOB', `${BASE}/job-take/$ID`, 'has no ?'],
    ['RUNPOD_WEBHOOK_GET_JOB', 'job-take', 'is no URL'],
    ['RUNPOD_WEBHOOK_GET_JOB', 'file:///etc/passwd?a', 'must begin with http'],
    ['RUNPOD_WEBHOOK_GET_JOB', 'https://SECRET-USER:x@api.example/?a', 'must not hold a user name or a password'],
    ['RUNPOD_WEBHOOK_GET_JOB', `${BASE}/job-take?a#b`, 'must not hold a #'],
    ['RUNPOD_WEBHOOK_POST_OUTPUT', '', 'is not set'],
    ['RUNPOD_WEBHOOK_POST_OUTPUT', `${BASE}/job-done/$RUNPOD_POD_ID?gpu=X`, 'must say with $ID'],
    ['RUNPOD_WEBHOOK_POST_STREAM', `${BASE}/job-stream/$ID`, 'has no ?'],
    ['RUNPOD_WEBHOOK_PING', 'ftp://x/?a', 'must begin with http'],
    ['RUNPOD_PING_INTERVAL', '10s', 'is "10s"; it must be a whole number of milliseconds from 100 to 3600000.'],
    ['RUNPOD_PING_INTERVAL', '0', 'is "0"'],
    ['RUNPOD_PING_INTERVAL', '-5', 'is "-5"'],
    ['RUNPOD_AI_API_KEY', 'SECRET KEY\n', 'must be at most 512 visible ASCII characters'],
    ['RUNPOD_POD_ID', '../x', 'must be 1 to 128 letters'],
    ['RUNPOD_POD_ID', '..', 'must be 1 to 128 letters'],
  ])('%s=%j is refused, because it %s', (name, value, problem) => {
    const result = readPlatformEnvironment({ ...ENV, [name]: value }, () => 'x')
    expect(result).toMatchObject({ ok: false, issues: [expect.stringContaining(`${name} ${problem}`)] })
    expect(JSON.stringify(result)).not.toContain('SECRET')
  })

  test('are refused with everything that is wrong at once', () => {
    const result = readPlatformEnvironment(
      { RUNPOD_WEBHOOK_GET_JOB: 'x', RUNPOD_PING_INTERVAL: 'y', RUNPOD_POD_ID: 'a b' },
      () => 'x',
    )
    expect(result.ok ? [] : result.issues).toHaveLength(4)
  })
})

describe('the URLs', () => {
  const urls = createPlatformUrls(read())

  test('ask for one job, or for as many as there is room for', () => {
    expect(urls.take(1, false)).toBe(`${BASE}/job-take/pod-1?gpu=X&job_in_progress=0`)
    expect(urls.take(3, true)).toBe(`${BASE}/job-take-batch/pod-1?gpu=X&batch_size=3&job_in_progress=1`)
    expect(urls.stop).toBe(`${BASE}/job-stop/pod-1?gpu=X`)
  })

  test('change one segment of the path, and nothing that looks like it', () => {
    const takeUrl = 'https://job-take.example:1/job-take-x/job-take/pod?next=/job-take/'
    const own = createPlatformUrls({ ...read(), takeUrl })
    expect(own.stop).toBe('https://job-take.example:1/job-take-x/job-stop/pod?next=/job-take/')
  })

  test('without that segment ask for one job at a time, and hear no stop signals', () => {
    const own = createPlatformUrls({ ...read(), takeUrl: 'http://x/queue?a=job-take/' })
    expect(own).toMatchObject({ takesBatches: false, stop: null })
    expect(own.take(5, false)).toBe('http://x/queue?a=job-take/&job_in_progress=0')
  })

  test.each([
    ['a/../../b', 'a%2F..%2F..%2Fb'],
    ['a?b&isStream=true#c', 'a%3Fb%26isStream%3Dtrue%23c'],
    ['$ID $& é\r\n', '%24ID%20%24%26%20%C3%A9%0D%0A'],
  ])('hold a job id %j as one segment', (id, encoded) => {
    expect(urls.done(id, false)).toBe(`${BASE}/job-done/pod-1/${encoded}?gpu=X&isStream=false`)
    expect(urls.stream(id)).toBe(`${BASE}/job-stream/pod-1/${encoded}?gpu=X&isStream=false`)
  })

  test('ping with the jobs that there are, and with what is wrong', () => {
    expect(urls.ping([], '1')).toBe(`${BASE}/ping/pod-1?gpu=X&runpod_version=1`)
    expect(urls.ping(['a', 'b&c'], '1')).toBe(`${BASE}/ping/pod-1?gpu=X&job_id=a%2Cb%26c&runpod_version=1`)
    expect(urls.ping([], '1', { check: 'executors', reason: 'no & way' })).toBe(
      `${BASE}/ping/pod-1?gpu=X&runpod_version=1&status=unhealthy&check=executors&reason=no%20%26%20way`,
    )
  })
})

describe('how many jobs run at once', () => {
  const pool = { executorsMax: 4, executorsPerDeployment: 2, moduleExecutorsMax: 32 }

  function deploymentOf(maxConcurrency: number): Deployment {
    const fn = { name: 'f', maxConcurrency } as DeployedFunction
    const resources = [{ name: 'q', isLoadBalanced: false, functions: [fn] }]
    return { servedResource: null, resources } as unknown as Deployment
  }

  test.each([
    ['one, when nobody says more', 0, null, 1],
    ['what the operator says', 3, null, 3],
    ['no more than there are executors', 99, null, 4],
    ['what the deployment says', 0, deploymentOf(8), 8],
    ['no more than its executors can run', 99, deploymentOf(8), 16],
    ['what the operator says, below what the deployment could', 2, deploymentOf(8), 2],
  ])('%s', (_title, asked, deployment, expected) => {
    expect(platformConcurrency(asked, deployment, pool)).toBe(expected)
  })
})
