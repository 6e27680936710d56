// Each metric is moved by what it counts: real code, real jobs, real webhooks, real requests to another host.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { METRIC_ALERTS } from '../../scripts/metric-alerts.ts'
import { BUDGETS } from '../../src/telemetry/budget-metrics.ts'
import { DeployedService, artifactOf } from '../support/deployed-service.ts'
import { readFamiliesByPython } from '../support/exposition-format.ts'
import { LoopbackServer } from '../support/loopback-server.ts'
import { readMetrics } from '../support/metrics-reader.ts'
import type { ReadMetrics } from '../support/metrics-reader.ts'
import { ServiceProcess, killQuietly, waitFor } from '../support/service-process.ts'

const SOON_MS = 15_000
const ANSWER = 'x'.repeat(1_000)
/** More than is read ahead of code that has not asked for it. */
const LARGE = Buffer.alloc(4 * 1_024 * 1_024)

let folder = ''
let other: LoopbackServer
let deniedPort = 0
let service: ServiceProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-'))
  other = await LoopbackServer.start((response, { path }) => response.end(path === '/large' ? LARGE : ANSWER))
  deniedPort = await closedPort()
  const rules = [
    { deny: `http://127.0.0.1:${deniedPort}` },
    { allow: 'http://127.0.0.1:*', private: ['127.0.0.1'] },
    // To nothing that is public.
    { allow: 'http://127.0.0.2:*' },
  ]
  const policy = join(folder, 'policy.json')
  await writeFile(policy, JSON.stringify({ rules }))
  service = await ServiceProcess.start({
    env: { EGRESS_POLICY: policy, EGRESS_LOG: 'none', WEBHOOK_ALLOW: other.url, DATA_DIR: join(folder, 'data') },
  })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  await using server = await LoopbackServer.start(() => undefined)
  return server.port
}

const post = async (path: string, body: object): Promise<{ readonly id: string; readonly status: string }> => {
  const answer = await fetch(service.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await answer.json()) as { readonly id: string; readonly status: string }
}

const live = (code: string, args: readonly unknown[] = [], name = 'run'): object => ({
  function_name: name,
  function_code: code,
  args,
  serialization_format: 'json',
})

/** Metrics before and after: how much each has grown. */
async function growth(act: () => Promise<unknown>, isDone: (grown: ReadMetrics['value']) => boolean = () => true) {
  const before = await readMetrics(service.url)
  await act()
  let after = await readMetrics(service.url)
  const grown: ReadMetrics['value'] = (name, labels) =>
    (after.value(name, labels) || 0) - (before.value(name, labels) || 0)
  await waitFor(
    async () => {
      after = await readMetrics(service.url)
      return isDone(grown)
    },
    SOON_MS,
    'the metrics did not move',
  )
  return grown
}

describe('requests to another host', () => {
  const fetches = `const run = async (url, init = {}) => {
    try { const answer = await fetch(url, init); return init.unread ? answer.status : (await answer.text()).length }
    catch (error) { return String(error) }
  }`

  test.each([
    ['allowed', 'answered', () => [`${other.url}/a`, { method: 'POST', body: 'four' }]],
    ['allowed', 'unread', () => [`${other.url}/large`, { unread: true }]],
    ['denied', 'rule', () => [`http://127.0.0.1:${deniedPort}/`]],
    ['denied', 'no-rule', () => ['https://nowhere.example/']],
    ['denied', 'address', () => [`http://127.0.0.2:${deniedPort}/`]],
    ['failed', 'EGRESS_FAILED', async () => [`http://127.0.0.1:${await closedPort()}/`]],
  ] as const)('that are %s (%s) count as that', async (outcome, reason, argsOf) => {
    const args = await argsOf()
    const grown = await growth(
      async () => post('/execute', live(fetches, args)),
      (value) => value('egress_requests_total') === 1,
    )
    expect(grown('egress_requests_total', { outcome, reason })).toBe(1)
    const isAnswered = outcome === 'allowed'
    expect(grown('egress_head_duration_seconds_count')).toBe(isAnswered ? 1 : 0)
    if (reason === 'answered') {
      expect(grown('egress_bytes_total', { direction: 'sent' })).toBe(4)
      expect(grown('egress_bytes_total', { direction: 'received' })).toBeGreaterThan(ANSWER.length)
    }
  })

  test('that are not over are open, and in the budgets', async () => {
    const answers: (() => void)[] = []
    await using slow = await LoopbackServer.start((response) => answers.push(() => response.end('late')))
    const asked = post('/execute', live(fetches, [slow.url]))
    await waitFor(() => answers.length === 1, SOON_MS, 'the other host was never asked')
    const { value } = await readMetrics(service.url)
    expect(value('egress_requests_open')).toBe(1)
    expect(value('budget_used', { budget: 'egress_requests' })).toBe(1)
    expect(value('budget_used', { budget: 'tenant_egress_requests', tenant: 'default' })).toBe(1)
    expect(value('isolates', { role: 'live', state: 'busy' })).toBe(1)
    for (const answer of answers) answer()
    await asked
    await waitFor(
      async () => (await readMetrics(service.url)).value('egress_requests_open') === 0,
      SOON_MS,
      'the request stays open',
    )
  })
})

describe('jobs', () => {
  test('that come, fail and are tried again are counted', async () => {
    let id = ''
    const failed = async (): Promise<boolean> => {
      const answer = await fetch(`${service.url}/status/${id}`)
      return ((await answer.json()) as { readonly status: string }).status === 'FAILED'
    }
    const endedTwice = (value: ReadMetrics['value']): boolean =>
      value('jobs_ended_total', { status: 'FAILED', code: 'GUEST_THREW' }) === 2
    const grown = await growth(async () => {
      ;({ id } = await post('/run', { input: live('const run = () => { throw new Error("no") }') }))
      await waitFor(failed, SOON_MS, 'the job did not fail')
      // Refused as long as its end is not stored.
      const isRetried = async (): Promise<boolean> => (await post(`/retry/${id}`, {})).status === 'IN_QUEUE'
      await waitFor(isRetried, SOON_MS, 'the job is not tried again')
      await waitFor(failed, SOON_MS, 'the job did not fail again')
      await post('/runsync', { input: live('const run = () => 1') })
    }, endedTwice)
    expect(grown('jobs_accepted_total', { route: 'run' })).toBe(1)
    expect(grown('jobs_accepted_total', { route: 'runsync' })).toBe(1)
    expect(grown('jobs_retried_total')).toBe(1)
    expect(grown('budget_used', { budget: 'jobs' })).toBe(2)
    expect(grown('budget_used', { budget: 'job_bytes' })).toBeGreaterThan(1_000)
  })

  test('whose webhook is taken, and whose webhook may not be asked, are told apart', async () => {
    const run = live('const run = () => 1')
    const taken = await growth(
      async () => post('/run', { input: run, webhook: `${other.url}/hook` }),
      (value) => value('webhook_posts_total') > 0,
    )
    expect([taken('webhook_posts_total', { result: 'taken' }), taken('webhooks_given_up_total')]).toEqual([1, 0])
    const refused = await growth(
      async () => post('/run', { input: run, webhook: `http://127.0.0.1:${deniedPort}/hook` }),
      (value) => value('webhooks_given_up_total') > 0,
    )
    expect([refused('webhook_posts_total', { result: 'final' }), refused('webhooks_given_up_total')]).toEqual([1, 1])
  })

  test('that wait have an age', async () => {
    const endless = live('const run = () => new Promise(() => {})')
    const accepted = await Promise.all(Array.from({ length: 40 }, () => post('/run', { input: endless })))
    const isOld = async (): Promise<boolean> => {
      const { value } = await readMetrics(service.url)
      return value('jobs_oldest_seconds') > 0.05 && value('jobs', { state: 'IN_QUEUE' }) > 0
    }
    await waitFor(isOld, SOON_MS, 'no job waits')
    await Promise.all(accepted.map(async ({ id }) => post(`/cancel/${id}`, {})))
    const isEmpty = async (): Promise<boolean> => (await readMetrics(service.url)).value('jobs_oldest_seconds') === 0
    await waitFor(isEmpty, SOON_MS, 'jobs wait on')
    expect((await readMetrics(service.url)).value('jobs', { state: 'IN_QUEUE' })).toBe(0)
  })
})

test('an instance of a class is held, and in the budget of its tenant', async () => {
  const grown = await growth(async () =>
    post('/execute', {
      execution_type: 'class',
      class_name: 'A',
      class_code: 'class A { go() { return 1 } }',
      method_name: 'go',
      instance_id: 'a',
      create_new_instance: true,
      serialization_format: 'json',
    }),
  )
  expect(grown('budget_used', { budget: 'instances', tenant: 'default' })).toBe(1)
  const { value } = await readMetrics(service.url)
  expect(value('isolates', { role: 'instances', state: 'idle' })).toBe(1)
  expect(value('budget_used', { budget: 'instance_executors' })).toBe(1)
})

test('every budget is there with its limit, and the connection that asks is one of those that are open', async () => {
  const { families, value } = await readMetrics(service.url)
  for (const name of ['budget_used', 'budget_limit']) {
    const samples = families.find((family) => family.name === `worker_isolate_${name}`)?.samples ?? []
    expect(samples.map(({ labels }) => labels['budget'] ?? '').toSorted()).toEqual(Object.keys(BUDGETS).toSorted())
  }
  for (const budget of Object.keys(BUDGETS)) {
    const [used, limit] = [value('budget_used', { budget }), value('budget_limit', { budget })]
    expect(limit, budget).toBeGreaterThan(0)
    expect(used, budget).toBeGreaterThanOrEqual(0)
    expect(used, budget).toBeLessThanOrEqual(limit)
  }
  expect(value('budget_used', { budget: 'connections' })).toBeGreaterThan(0)
  expect(value('front_event_loop_delay_seconds', { quantile: '1' })).toBeGreaterThanOrEqual(0)
})

test('no name that a client chooses is in the metrics, or makes a series', async () => {
  const tryNames = async (from: number): Promise<readonly string[]> => {
    const names = Array.from({ length: 50 }, (_, index) => `wild${from + index}`)
    await Promise.all(
      names.map(async (name) => {
        await post(`/v2/${name}/runsync`, { input: live(`const ${name} = () => { throw 1 }`, [], name) })
        await post('/execute', live(`const ${name} = () => fetch('http://${name}.example/')`, [], name))
        await fetch(`${service.url}/${name}/${name}`)
      }),
    )
    const { families, text } = await readMetrics(service.url)
    expect(text).not.toContain('wild')
    return families.flatMap(({ samples }) =>
      samples
        .filter(({ name }) => !/_(?:executors|isolates)$/u.test(name))
        .map(({ name, labels }) => name + JSON.stringify(labels)),
    )
  }
  const first = await tryNames(0)
  expect((await tryNames(100)).toSorted()).toEqual(first.toSorted())
})

test('an executor that dies is counted by the reason of its end', async () => {
  const grown = await growth(
    async () => service.executorPids().forEach(killQuietly),
    (value) => value('executors_ended_total') > 0,
  )
  // What wraps an executor says it with its exit code.
  const reasons = ['signal SIGKILL', 'exit code 137'].map((reason) => grown('executors_ended_total', { reason }))
  expect(reasons.some((count) => count > 0)).toBe(true)
})

test('Prometheus reads all of it as it is meant', async () => {
  // Large enough for a code cache.
  const modules = { './one.ts': `export const one: string = '${'x'.repeat(20_000)}'` }
  const bundled = { ...live("import { one } from './one.ts'\nexport const run = () => one.length"), modules }
  await growth(
    async () => post('/execute', bundled),
    (value) => value('code_cache_uses_total', { use: 'miss' }) > 0,
  )
  const { text, families } = await readMetrics(service.url)
  expect(families.map(({ name }) => name).toSorted()).toEqual(Object.keys(METRIC_ALERTS).toSorted())
  expect(families.filter(({ samples }) => samples.length === 0).map(({ name }) => name)).toEqual([
    'worker_isolate_isolates_retired_total',
  ])
  const byPython = readFamiliesByPython(text)
  if (byPython === null) return
  const own = families.map(({ name, type, help, samples }) => [name.replace(/_total$/u, ''), type, help, samples])
  expect(byPython.map(({ name, type, help, samples }) => [name, type, help, samples])).toEqual(own)
})

test('a job that ran when the service was killed is found by the next, and so is one that waited', async () => {
  const dataDir = join(folder, 'killed')
  const start = async (): Promise<ServiceProcess> =>
    ServiceProcess.start({ env: { DATA_DIR: dataDir, EXECUTORS_MAX: '1' } })
  await using first = await start()
  const endless = { input: live('const run = () => new Promise(() => {})') }
  for (let count = 0; count < 6; count++) {
    // oxlint-disable-next-line no-await-in-loop -- in the order of their coming
    await fetch(`${first.url}/run`, {
      method: 'POST',
      body: JSON.stringify(endless),
      headers: { 'content-type': 'application/json' },
    })
  }
  await first.stop('SIGKILL')
  await using second = await start()
  const { value } = await readMetrics(second.url)
  expect(value('jobs_found_total')).toBe(6)
  expect(value('jobs_found_total', { fate: 'interrupted' })).toBeGreaterThan(0)
  expect(value('jobs_found_total', { fate: 'waiting' })).toBeGreaterThan(0)
  await fetch(`${second.url}/purge-queue`, { method: 'POST' })
  const hasEnded = async (): Promise<boolean> =>
    (await readMetrics(second.url)).value('jobs_ended_total', { status: 'CANCELLED' }) > 0
  await waitFor(hasEnded, SOON_MS, 'the end of a job of the earlier service is not counted')
})

test('a module has one isolate in its executor, which is idle after its call and retired when it has ended', async () => {
  const modules = { wild: 'export const once = (x) => x\nexport const loop = () => { for (;;); }' }
  const entries = ['once', 'loop'].map((name) => ({ name, module: 'wild', limits: { cpuMs: 50 } }))
  await using deployed = await DeployedService.start(artifactOf(modules, entries), {
    EXECUTORS_PER_DEPLOYMENT: '1',
    MODULE_EXECUTORS_MAX: '1',
  })
  const { url } = deployed.service
  const stateIs = (state: string) => async (): Promise<boolean> =>
    (await readMetrics(url)).value('isolates', { role: 'flash', state }) === 1
  await deployed.call('once', [1])
  await waitFor(stateIs('idle'), SOON_MS, 'the isolate of the module is not idle')
  await deployed.call('loop', [])
  await waitFor(stateIs('retired'), SOON_MS, 'the isolate of the module has not retired')
  const { value, text } = await readMetrics(url)
  expect(value('isolates_retired_total', { reason: 'limit' })).toBe(1)
  expect(value('budget_used', { budget: 'module_executors' })).toBe(1)
  expect(value('budget_used', { budget: 'code_cache_characters' })).toBeGreaterThan(100)
  expect(text).not.toContain('wild')
  await deployed.call('once', [1])
  await waitFor(stateIs('idle'), SOON_MS, 'the next call has made no isolate')
})
