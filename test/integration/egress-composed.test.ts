// The broker as the service composes it: from settings and a policy file, loaded with the first request, for tasks of all kinds.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEgress } from '../../src/cli/create-egress.ts'
import type { Egress } from '../../src/cli/create-egress.ts'
import { loadConfig } from '../../src/config.ts'
import { parseHostRules } from '../../src/core/host-rule.ts'
import type { Task } from '../../src/core/task.ts'
import type { EgressRecord } from '../../src/egress/egress-broker.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { deployedFunction, deploymentOfModule } from '../support/deployed-parts.ts'
import { ask, liveTask } from '../support/egress-harness.ts'
import { LoopbackServer } from '../support/loopback-server.ts'
import { until } from '../support/test-service.ts'

let folder = ''
let server: LoopbackServer
let lines: Record<string, unknown>[]
let records: EgressRecord[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'egress-'))
  server = await LoopbackServer.start((response, { headers }) => response.end(headers['x-key'] ?? 'none'))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function compose(file: object | null, env: Record<string, string> = {}): Promise<Egress> {
  const path = join(folder, 'policy.json')
  if (file !== null) await writeFile(path, JSON.stringify(file))
  const loaded = loadConfig({
    env: { ...env, ...(file === null ? {} : { EGRESS_POLICY: path }) },
    flags: new Map(),
    facts: { cores: 1 },
  })
  if (!loaded.ok) throw new Error(loaded.issues.join(' '))
  lines = []
  records = []
  const log = createLog({
    level: 'info',
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  })
  return createEgress({
    config: loaded.config,
    env,
    log,
    onExchange: (record) => void records.push(record),
    onDefect: (error) => expect.fail(String(error)),
  })
}

/** A call of a function of endpoint `orders`, which declares some hosts; `trial` stands for the try of a new version. */
function deployedTask(name: string): Task {
  const live = liveTask()
  const module = { name: 'm', kind: 'script', code: '', hash: '', fileName: 'm.js' } as const
  const functions = [
    deployedFunction('free', 'r'),
    deployedFunction('narrow', 'r', {
      egress: parseHostRules(`http://127.0.0.1:${server.port}, http://localhost`) ?? [],
    }),
    deployedFunction('closed', 'r', { egress: [], module: 'n' }),
  ]
  const deployment = {
    ...deploymentOfModule(module),
    endpoint: 'orders',
    resources: [{ name: 'r', isLoadBalanced: false, functions }],
  }
  const source = {
    mode: 'flash',
    deployment: 'orders@1',
    module,
    maxConcurrency: 1,
    origin: { deployment, resource: 'r' },
  } as const
  return { ...live, invocation: { ...live.invocation, source, name } }
}

test('without a policy nothing is asked, and the code hears why', async () => {
  await using egress = await compose(null)
  const before = server.connections
  expect((await ask(egress.broker, server.url)).failure).toEqual({
    code: 'EGRESS_DENIED',
    message: `${server.url} may not be asked: this service allows no requests to other hosts.`,
  })
  expect(server.connections).toBe(before)
})

test('a private address is asked by a rule that names it, with the operator’s header, and by no other task', async () => {
  const rule = { allow: server.url, private: ['127.0.0.1'], headers: [{ header: 'x-key', env: 'OWN_KEY' }] }
  await using egress = await compose(
    { endpoints: { orders: { rules: [rule] } } },
    { OWN_KEY: 'the-secret-of-the-operator' },
  )
  expect((await ask(egress.broker, server.url, { task: deployedTask('free') })).bytes.toString()).toBe(
    'the-secret-of-the-operator',
  )
  expect((await ask(egress.broker, server.url)).code).toBe('EGRESS_DENIED')
  expect(lines.map(({ endpoint, decision, rule: place }) => [endpoint, decision, place])).toEqual([
    ['orders', 'allow', 'endpoints.orders.rules[0]'],
    ['live', 'deny', undefined],
  ])
  expect(JSON.stringify(lines)).not.toContain('secret')
})

test('a deployed function asks what its manifest declares of what the rules allow', async () => {
  await using other = await LoopbackServer.start((response) => response.end('other'))
  await using egress = await compose({ rules: [{ allow: [server.url, other.url], private: true }] })
  const codes = async (name: string): Promise<readonly string[]> => [
    (await ask(egress.broker, server.url, { task: deployedTask(name) })).code,
    (await ask(egress.broker, other.url, { task: deployedTask(name) })).code,
    (await ask(egress.broker, 'http://localhost/', { task: deployedTask(name) })).code,
  ]
  expect(await codes('free')).toEqual(['OK', 'OK', 'EGRESS_DENIED'])
  expect(await codes('narrow')).toEqual(['OK', 'EGRESS_DENIED', 'EGRESS_DENIED'])
  expect(await codes('closed')).toEqual(['EGRESS_DENIED', 'EGRESS_DENIED', 'EGRESS_DENIED'])
  expect(records.map(({ denial }) => denial)).toEqual([
    ...[null, null, 'no-rule'],
    ...[null, 'not-declared', 'no-rule'],
    ...['not-declared', 'not-declared', 'no-rule'],
  ])
  // Its module has a function that may ask all of them.
  expect(await codes('trial')).toEqual(['OK', 'OK', 'EGRESS_DENIED'])
})

test('what denies a request is told by its kind, and how long the head of an answer took', async () => {
  await using egress = await compose({
    rules: [
      { deny: server.url, methods: ['DELETE'] },
      { allow: server.url, private: true },
      { allow: 'http://127.0.0.2:*' },
    ],
  })
  await ask(egress.broker, server.url)
  await ask(egress.broker, server.url, { method: 'DELETE' })
  await ask(egress.broker, 'https://nowhere.example/')
  await ask(egress.broker, 'http://127.0.0.2:1/')
  await ask(egress.broker, 'file:///etc/passwd')
  await ask(egress.broker, server.url, { method: 'CONNECT' })
  expect(records.map(({ denial }) => denial)).toEqual([null, 'rule', 'no-rule', 'address', 'request', 'request'])
  expect(records.map(({ headMs }) => headMs !== null)).toEqual([true, false, false, false, false, false])
  expect(records[0]?.headMs).toBeLessThanOrEqual(records[0]?.durationMs ?? 0)
  expect([egress.open(), egress.inProgress(null)]).toEqual([0, 0])
})

test('requests under way are counted, those of a task that wait for their turn too', async () => {
  const answers: (() => void)[] = []
  await using slow = await LoopbackServer.start((response) => answers.push(() => response.end()))
  await using egress = await compose({ rules: [{ allow: slow.url, private: true }] }, { EGRESS_REQUESTS_AT_ONCE: '2' })
  expect([egress.open(), egress.inProgress(null)]).toEqual([0, 0])
  const task = liveTask()
  const asked = Array.from({ length: 3 }, () => ask(egress.broker, slow.url, { task }))
  await until(() => answers.length === 2)
  expect([egress.open(), egress.inProgress(null), egress.inProgress(task.tenant)]).toEqual([3, 2, 2])
  for (const answer of answers) answer()
  await until(() => answers.length === 3)
  answers.at(-1)?.()
  await Promise.all(asked)
  expect([egress.open(), egress.inProgress(null), egress.inProgress(task.tenant)]).toEqual([0, 0, 0])
})

test('a task that ends before anything is loaded has its requests cancelled', async () => {
  await using egress = await compose({ rules: [{ allow: server.url, private: true }] })
  const task = liveTask()
  const before = server.asked.length
  const asked = ask(egress.broker, server.url, { task })
  egress.broker.ended(task.id)
  expect((await asked).code).toBe('CANCELLED')
  expect(server.asked).toHaveLength(before)
})
