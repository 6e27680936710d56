// The whole service as a worker of the platform's queue, against what upstream's worker sent to a platform (protocol.md §3).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DeployedService } from '../support/deployed-service.ts'
import type { Artifact } from '../support/deployed-service.ts'
import { MockPlatform } from '../support/mock-platform.ts'
import { ServiceProcess, waitFor } from '../support/service-process.ts'

interface Captured {
  readonly m: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** Every post and each kind of question once, as upstream's worker sent them; of tracebacks only the beginning. */
function captured(name: string): readonly Captured[] {
  const text = readFileSync(join(import.meta.dirname, '../fixtures/worker-wire', `${name}.jsonl`), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Captured)
}

/** Headers that the platform looks at; the others are a client library's own. */
const HEADERS = ['content-type', 'authorization', 'charset', 'x-request-id'] as const

interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
}

function comparable(method: string, path: string, headers: Readonly<Record<string, unknown>>, body: string): Sent {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    method,
    path: path.replace(/runpod_version=[^&]+/u, 'runpod_version=…'),
    headers: Object.fromEntries(HEADERS.flatMap((name) => (lower[name] === undefined ? [] : [[name, lower[name]]]))),
    body: body === '' ? null : (JSON.parse(body) as unknown),
  }
}

function upstreamSent(name: string, jobId: string): readonly Sent[] {
  return captured(name)
    .filter(({ path }) => path.includes(`/${jobId}?`))
    .map(({ m, path, headers, body }) => comparable(m, path, headers, body ?? ''))
}

function sent(platform: MockPlatform, jobId: string): readonly Sent[] {
  return platform.told(jobId).map(({ method, path, headers, body }) => comparable(method, path, headers, body))
}

const PLAIN: Artifact = {
  files: {
    'plain.js': `export function main(kind) { return RESULTS[kind]() }
      const RESULTS = {
        raise() { throw new Error('kaboom') },
        err: () => ({ detail: 1, error: 'custom err' }),
        erronly: () => ({ error: 'only' }),
        none: () => null,
        empty: () => ({}),
        bool: () => false,
        echo: () => ({ echo: { a: 1 } }),
        refresh: () => ({ a: 1, refresh_worker: true }),
      }`,
  },
  resources: { queue: { functions: [{ name: 'main', module: 'plain' }] } },
}

const GENERATOR: Artifact = {
  files: {
    'gen.js': `export async function* main(how) {
      if (how === 'nothing') return
      for (let index = 0; index < 3; index++) {
        if (how === 'yields an error' && index === 1) yield { error: 'yielded err' }
        if (how === 'fails' && index === 2) throw new Error('gen boom')
        yield how === 'objects' ? { n: index } : 'tok' + index
      }
    }`,
  },
  resources: { queue: { functions: [{ name: 'main', module: 'gen' }] } },
}

describe('a plain function', () => {
  let platform: MockPlatform
  let deployed: DeployedService

  beforeAll(async () => {
    platform = await MockPlatform.start()
    deployed = await DeployedService.start(PLAIN, { ...platform.env, HONOR_REFRESH_WORKER: 'true' })
  })
  afterAll(async () => {
    await deployed[Symbol.asyncDispose]()
    await platform[Symbol.asyncDispose]()
  })

  test.each([
    ['p-err', 'err'],
    ['p-erronly', 'erronly'],
    ['p-none', 'none'],
    ['p-empty', 'empty'],
    ['p-bool', 'bool'],
    ['p-echo', 'echo'],
    ['p-refresh', 'refresh'],
  ])('ends as upstream ends %s', async (id, kind) => {
    platform.give({ id, input: { kind } })
    await platform.end(id)
    expect(upstreamSent('plain', id)).toHaveLength(1)
    expect(sent(platform, id)).toEqual(upstreamSent('plain', id))
  })

  test('that throws ends with its message, in the form of a deployed function and not of a bare handler', async () => {
    platform.give({ id: 'p-raise', input: { kind: 'raise' } })
    expect(await platform.end('p-raise')).toEqual({
      output: { success: false, traceback: expect.stringContaining('plain') },
      error: expect.stringMatching(/^kaboom/u),
    })
  })

  test('is taken, pinged for and listened for as upstream does it', async () => {
    const paths = (requests: readonly { path: string }[]): ReadonlySet<string> =>
      new Set(requests.map(({ path }) => path.replace(/runpod_version=.*/u, 'runpod_version=…')))
    const upstream = captured('plain').filter(({ m }) => m === 'GET')
    await waitFor(() => platform.requests('ping').length > 1, 10_000, 'no ping came')
    const ours = platform.requests('job-take', 'job-stop', 'ping')
    expect([...paths(upstream)].filter((path) => !paths(ours).has(path))).toEqual([])
    for (const { method, path, headers, body } of ours) {
      const isPing = path.includes('/ping/')
      const { method: sentMethod, headers: sentHeaders } = comparable(method, path, headers, body)
      expect(sentMethod).toBe('GET')
      expect(sentHeaders).toMatchObject(
        isPing ? { authorization: 'KEY123' } : { authorization: 'KEY123', 'content-type': 'application/json' },
      )
      expect(headers['user-agent']).toMatch(/^worker-isolate\/\d/u)
    }
  })

  test('goes on answering its own front door meanwhile', async () => {
    expect((await deployed.service.client.get('/ping')).status).toBe(200)
    expect(await deployed.runsync({ kind: 'echo' })).toMatchObject({ output: { echo: { a: 1 } } })
  })
})

describe('a generator', () => {
  let platform: MockPlatform
  let deployed: DeployedService

  beforeAll(async () => {
    platform = await MockPlatform.start()
    deployed = await DeployedService.start(GENERATOR, platform.env)
  })
  afterAll(async () => {
    await deployed[Symbol.asyncDispose]()
    await platform[Symbol.asyncDispose]()
  })

  test.each([
    ['g-1', 'texts', 4],
    ['g-d', 'objects', 4],
    ['g-yerr', 'yields an error', 2],
  ])('gives and ends as upstream does %s', async (id, how, posts) => {
    platform.give({ id, input: { how } })
    await platform.end(id)
    expect(upstreamSent('generator', id)).toHaveLength(posts)
    expect(sent(platform, id)).toEqual(upstreamSent('generator', id))
  })

  test('that throws ends with its message behind what it gave', async () => {
    platform.give({ id: 'g-fail', input: { how: 'fails' } })
    await platform.end('g-fail')
    const upstream = upstreamSent('generator', 'g-fail')
    const ours = sent(platform, 'g-fail')
    expect(ours.slice(0, -1)).toEqual(upstream.slice(0, -1))
    const last = { error: expect.stringMatching(/^(?:handler: )?gen boom/u) }
    expect(upstream.at(-1)?.body).toEqual(last)
    expect(ours.at(-1)).toEqual({ ...upstream.at(-1), body: last })
  })

  test.each([
    ['plain', { how: 'nothing' }],
    ['json', { function_name: 'main', args: ['nothing'], serialization_format: 'json' }],
    ['pickled', { function_name: 'main', args: ['gAWVCwAAAAAAAACMB25vdGhpbmeULg=='] }],
  ])('that gives nothing ends as a stream, asked in the %s way', async (name, input) => {
    platform.give({ id: `g-none-${name}`, input })
    expect(await platform.end(`g-none-${name}`)).toEqual({ output: [] })
    expect(platform.told(`g-none-${name}`)).toMatchObject([{ path: expect.stringContaining('&isStream=true') }])
  })

  test('gives pickles to whoever asks with pickles', async () => {
    platform.give({ id: 'g-pickles', input: { function_name: 'main', args: ['gAWVCQAAAAAAAACMBXRleHRzlC4='] } })
    expect(await platform.end('g-pickles')).toEqual({ output: [] })
    const chunks = platform.told('g-pickles').slice(0, -1)
    expect(chunks.map(({ body }) => (JSON.parse(body) as { output: string }).output)).toEqual(
      ['tok0', 'tok1', 'tok2'].map((text) => pickled(text)),
    )
  })
})

/** A short text as CPython pickles it, protocol 5. */
function pickled(text: string): string {
  const content = Buffer.concat([Buffer.from([0x8c, text.length]), Buffer.from(text), Buffer.from('\x94.', 'latin1')])
  const frame = Buffer.alloc(11)
  frame.write('\x80\x05\x95', 'latin1')
  frame.writeUInt8(content.length, 3)
  return Buffer.concat([frame, content]).toString('base64')
}

describe('code that comes with the job', () => {
  let platform: MockPlatform
  let service: ServiceProcess

  beforeAll(async () => {
    platform = await MockPlatform.start()
    service = await ServiceProcess.start({ env: { ...platform.env, PLATFORM_CONCURRENCY: '2', EXECUTORS_MAX: '2' } })
  })
  afterAll(async () => {
    await service[Symbol.asyncDispose]()
    await platform[Symbol.asyncDispose]()
  })

  /** `json_result` is younger than the worker that was captured. */
  const withoutJsonResult = (all: readonly Sent[]): readonly unknown[] =>
    all.map((one) => {
      const { output, ...body } = one.body as { output: Record<string, unknown> }
      const { json_result: _, ...rest } = output
      return { ...one, body: { ...body, output: rest } }
    })

  test('ends as upstream ends it', async () => {
    platform.give({ id: 'job-ok-1', input: { function_name: 'f', function_code: "function f() { return 'héllo' }" } })
    platform.give({ id: 'job-notfound', input: { function_name: 'g', function_code: 'function f() {}' } })
    await Promise.all([platform.end('job-ok-1'), platform.end('job-notfound')])
    expect(withoutJsonResult(sent(platform, 'job-ok-1'))).toEqual(upstreamSent('tetra-handler', 'job-ok-1'))
    expect(withoutJsonResult(sent(platform, 'job-notfound'))).toEqual(upstreamSent('tetra-handler', 'job-notfound'))
  })

  test('that throws has its error beside its output', async () => {
    platform.give({
      id: 'job-err-1',
      input: { function_name: 'f', function_code: "function f() { throw new Error('x') }" },
    })
    await platform.end('job-err-1')
    const [upstream] = withoutJsonResult(upstreamSent('tetra-handler', 'job-err-1'))
    const [ours] = withoutJsonResult(sent(platform, 'job-err-1'))
    const error = expect.stringMatching(/^x\n/u)
    expect(upstream).toMatchObject({ body: { error } })
    expect(ours).toEqual({ ...(upstream as object), body: { ...((upstream as Sent).body as object), error } })
  })

  test('cannot ask for another worker, whatever it returns', async () => {
    const code = "function f() { return { refresh_worker: true, error: 'mine' } }"
    const input = { function_name: 'f', function_code: code, serialization_format: 'json' }
    platform.give({ id: 'live-refresh', input })
    expect(await platform.end('live-refresh')).toEqual({
      output: expect.objectContaining({ json_result: { refresh_worker: true, error: 'mine' } }),
    })
  })

  test('is stopped when the platform says so, and nothing is posted of it', async () => {
    const code = 'const f = (ms) => new Promise((resolve) => setTimeout(resolve, ms, "done"))'
    const job = (id: string, ms: number): unknown => ({
      id,
      input: { function_name: 'f', function_code: code, args: [ms], serialization_format: 'json' },
    })
    platform.give(job('s1', 25_000), job('s2', 4_000))
    const pinged = (ids: string): boolean =>
      platform.requests('ping').some(({ path }) => path.includes(`&job_id=${ids}&`))
    await platform.until(() => pinged('s1%2Cs2'), 'no ping named both jobs')
    expect(captured('stop').some(({ path }) => path.includes('&job_id=s2%2Cs1&'))).toBe(true)
    platform.stopJobs('s1', 'never was')
    await platform.until(() => pinged('s2'), 'no ping named the job that was not stopped')
    expect(await platform.end('s2')).toMatchObject({ output: { json_result: 'done' } })
    expect(platform.told('s1')).toEqual([])
    expect(platform.requests('job-take-batch')[0]?.path).toBe(
      captured('stop').find(({ path }) => path.includes('job-take-batch'))?.path,
    )
  })

  test('ends before the service does when that is told to stop', async () => {
    const code = 'const f = () => new Promise((resolve) => setTimeout(resolve, 1500, "late"))'
    platform.give({ id: 'late', input: { function_name: 'f', function_code: code, serialization_format: 'json' } })
    await platform.until(
      () => platform.requests('ping').some(({ path }) => path.includes('job_id=late&')),
      'the job was never taken',
    )
    expect(await service.stop()).toEqual({ code: 0, signal: null })
    expect(await platform.end('late')).toMatchObject({ output: { json_result: 'late' } })
    expect(service.log.find(({ msg }) => msg === 'the platform worker has ended')).toMatchObject({
      stopped: 1,
      lostResults: 0,
    })
  })
})
