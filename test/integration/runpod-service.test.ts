// The whole service on the platform's queue where something goes wrong: hostile code, wrong variables, an end in between.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DeployedService } from '../support/deployed-service.ts'
import { copyInstallation } from '../support/installed-copy.ts'
import { MockPlatform } from '../support/mock-platform.ts'
import { ServiceProcess } from '../support/service-process.ts'

const ENDLESS_MS = 120_000

function live(id: string, code: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  return { id, input: { function_name: 'f', function_code: code, serialization_format: 'json', ...more } }
}

describe('hostile code', () => {
  let platform: MockPlatform
  let deployed: DeployedService

  beforeAll(async () => {
    platform = await MockPlatform.start()
    const files = {
      'gen.js': `export async function* main(how) {
        if (how === 'huge') yield 'x'.repeat(2_000_000)
        if (how === 'long') for (;;) yield 'x'.repeat(1_000_000)
        for (let index = 0; ; index++) {
          yield { index, refresh_worker: true, status: 'IN_PROGRESS' }
          if (how === 'spins' && index === 2) for (;;);
        }
      }`,
    }
    deployed = await DeployedService.start(
      { files, resources: { queue: { functions: [{ name: 'main', module: 'gen' }] } } },
      { ...platform.env, PLATFORM_CONCURRENCY: '2', EXECUTORS_MAX: '2', CPU_MS: '500', OUTPUT_BYTES: '2500000' },
    )
  })
  afterAll(async () => {
    await deployed[Symbol.asyncDispose]()
    await platform[Symbol.asyncDispose]()
  })

  test.each([
    ['never ends', 'function f() { for (;;); }', /^LIMIT_CPU: /u],
    ['returns too much', "function f() { return 'x'.repeat(5_000_000) }", /^LIMIT_OUTPUT: /u],
    ['takes all memory', 'function f() { const all = []; for (;;) all.push(new Array(1e6).fill(1)) }', /^LIMIT_/u],
    ['returns what is no JSON', 'function f() { return { toJSON() { throw 1 } } }', /./u],
  ])('that %s ends with an error, and the next job runs', async (title, code, error) => {
    platform.give(live(title, code), live(`${title} next`, 'function f() { return 1 }'))
    expect(await platform.end(title)).toMatchObject({ error: expect.stringMatching(error) })
    expect(await platform.end(`${title} next`)).toMatchObject({ output: { json_result: 1 } })
  })

  test('that streams more than it may, at once or in all, ends with the limit', async () => {
    platform.give({ id: 'huge', input: { how: 'huge' } })
    expect(await platform.end('huge')).toMatchObject({
      error: expect.stringMatching(/^LIMIT_OUTPUT: A chunk of the stream is 2,000,002 bytes/u),
    })
    expect(platform.told('huge')).toHaveLength(1)
    platform.give({ id: 'long', input: { how: 'long' } })
    expect(await platform.end('long')).toEqual({ error: expect.stringMatching(/^LIMIT_OUTPUT: /u) })
    expect(platform.requests('job-stream').filter(({ path }) => path.includes('/long?'))).toHaveLength(2)
  })

  test('that spins in the middle of a stream ends behind what it gave', async () => {
    platform.give({ id: 'spins', input: { how: 'spins' } })
    expect(await platform.end('spins')).toEqual({ error: expect.stringMatching(/^LIMIT_CPU: /u) })
    const chunks = platform.told('spins').slice(0, -1)
    expect(chunks.map(({ body }) => JSON.parse(body) as unknown)).toEqual(
      [0, 1, 2].map((index) => ({ output: { index, refresh_worker: true, status: 'IN_PROGRESS' } })),
    )
    expect(platform.told('spins').at(-1)?.path).toContain('&isStream=true')
  })

  test('that streams without an end is held back by the platform, and stopped by it', async () => {
    const seen = (): number => platform.told('endless').length
    platform.misbehave((_response, { path }, route) => route === 'job-stream' && path.includes('endless') && seen() > 3)
    platform.give({ id: 'endless', input: { how: 'on' } })
    await platform.until(() => seen() === 4, 'no chunks came')
    platform.stopJobs('endless')
    const stopped = (): boolean =>
      deployed.service.log.some((line) => line['requestId'] === 'endless' && line['end'] === 'stopped')
    await platform.until(stopped, 'the job was not stopped')
    platform.misbehave(undefined)
    expect(seen()).toBe(4)
    expect(platform.told('endless').some(({ path }) => path.includes('job-done'))).toBe(false)
  })
})

describe('the service', () => {
  test('does not start with variables that it cannot follow, and says which, without what they hold', async () => {
    await using platform = await MockPlatform.start()
    const env = {
      ...platform.env,
      RUNPOD_WEBHOOK_POST_OUTPUT: 'https://SECRET.example/done',
      RUNPOD_PING_INTERVAL: 'often',
    }
    const error = await ServiceProcess.start({ env }).then(
      () => 'it started',
      (reason: unknown) => String(reason),
    )
    expect(error).toContain('the service ended with 1')
    expect(error).toContain('RUNPOD_WEBHOOK_POST_OUTPUT has no ?')
    expect(error).toContain('RUNPOD_PING_INTERVAL is "often"')
    expect(error).not.toContain('SECRET')
    expect(error).not.toContain('KEY123')
  })

  test('that cannot start an executor says so in one ping, takes nothing, and ends with 1', async () => {
    await using platform = await MockPlatform.start()
    const folder = await mkdtemp(join(tmpdir(), 'broken-'))
    try {
      await copyInstallation(folder)
      await writeFile(join(folder, 'dist', 'executor.cjs'), 'throw new Error("broken")\n')
      const env = { PATH: process.env['PATH'] ?? '', PORT: '0', CONFINEMENT: 'permission', ...platform.env }
      const service = spawn(process.execPath, [join(folder, 'src/main.ts'), 'serve'], { cwd: folder, env })
      let output = ''
      service.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
      expect(await once(service, 'close')).toEqual([1, null])
      expect(output).toContain('stopping, because no job of the platform could run')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    expect(platform.requests('ping').map(({ path }) => path)).toEqual([
      expect.stringMatching(/&status=unhealthy&check=executors&reason=no%20executor/u),
    ])
    expect(platform.requests('job-take', 'job-stop')).toEqual([])
  })

  test('ends at once while the platform holds its questions, and logs in the form of the platform', async () => {
    await using platform = await MockPlatform.start({ pollMs: ENDLESS_MS })
    const env = { ...platform.env, RUNPOD_ENDPOINT_ID: 'ep-1', RUNPOD_PING_INTERVAL: '10000' }
    await using service = await ServiceProcess.start({ env })
    platform.give(live('logged', 'function f() { console.log("private"); return 1 }'))
    await platform.end('logged')
    await platform.until(() => platform.waitingTakers === 1 && platform.requests('job-stop').length > 0, 'no question')
    expect(await service.stop()).toEqual({ code: 0, signal: null })
    for (const line of service.log) expect(Object.keys(line)).toEqual(['requestId', 'message', 'level'])
    expect(service.log).toContainEqual({
      requestId: 'logged',
      message: expect.stringMatching(/^a job of the platform has ended \{"end":"posted","code":null,/u),
      level: 'INFO',
    })
    expect(JSON.stringify(service.log)).not.toMatch(/private|KEY123/u)
  })

  test.each([
    ['waits', 'const f = () => new Promise((resolve) => setTimeout(resolve, 25000))'],
    ['computes', 'function f() { for (;;); }'],
  ])('cuts off a job that %s beyond the drain, and leaves it to another worker', async (id, code) => {
    await using platform = await MockPlatform.start()
    await using service = await ServiceProcess.start({ env: { ...platform.env, DRAIN_MS: '300', CPU_MS: '60000' } })
    platform.give(live(id, code))
    await platform.until(() => platform.requests('ping').some(({ path }) => path.includes(`job_id=${id}&`)), 'no job')
    expect(await service.stop()).toEqual({ code: 0, signal: null })
    expect(platform.told(id)).toEqual([])
    expect(service.log).toContainEqual(
      expect.objectContaining({ level: 'error', jobIds: [id], msg: 'jobs of the platform were cut off by the end' }),
    )
  })

  test('without the variables of a queue asks nobody', async () => {
    await using platform = await MockPlatform.start()
    const { RUNPOD_WEBHOOK_GET_JOB: _, ...env } = platform.env
    await using service = await ServiceProcess.start({ env })
    expect((await service.client.get('/ready')).status).toBe(200)
    expect(await service.stop()).toEqual({ code: 0, signal: null })
    expect(platform.requests('job-take', 'ping', 'job-stop')).toEqual([])
  })
})
