// How near the service is to its bounds: each budget is used by what it is for, and is free again after it.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callClass } from '../support/class-client.ts'
import { readMetrics } from '../support/metrics-reader.ts'
import { ServiceProcess, waitFor } from '../support/service-process.ts'

const SOON_MS = 15_000
const CONNECTIONS_MAX = 8
const SLEEPER = `class Counter { n = 0
  async later(ms) { await new Promise((done) => setTimeout(done, ms)); return ++this.n } }`

let service: ServiceProcess
beforeAll(async () => {
  service = await ServiceProcess.start({ env: { EXECUTORS_MAX: '1', CONNECTIONS_MAX: String(CONNECTIONS_MAX) } })
})
afterAll(() => service[Symbol.asyncDispose]())

/** Settles when so much of the budget is used. */
async function uses(budget: string, isEnough: (used: number) => boolean): Promise<void> {
  const isUsed = async (): Promise<boolean> =>
    isEnough((await readMetrics(service.url)).value('budget_used', { budget }))
  await waitFor(isUsed, SOON_MS, `${budget} is not used as it should be`)
}

const isFree = (used: number): boolean => used === 0

async function post(body: object, signal: AbortSignal | null = null): Promise<Response> {
  return fetch(`${service.url}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ serialization_format: 'json', function_name: 'f', ...body }),
    signal,
  })
}

test('tasks that wait for the only executor use the budget of waiting tasks, and their age grows', async () => {
  const controller = new AbortController()
  const endless = { function_code: 'const f = () => new Promise(() => {})' }
  const asked = Array.from({ length: 3 }, async () => post(endless, controller.signal).catch(() => null))
  await uses('waiting_tasks', (used) => used === 2)
  await uses('live_executors', (used) => used === 1)
  const { value } = await readMetrics(service.url)
  expect([value('queue_waiting'), value('executors', { role: 'live', state: 'busy' })]).toEqual([2, 1])
  expect(value('queue_oldest_seconds')).toBeGreaterThan(0)
  controller.abort()
  await Promise.all(asked)
  await uses('waiting_tasks', isFree)
})

test('a call that waits for its instance uses the budget of waiting calls', async () => {
  const call = async (ms: number) =>
    callClass(service, { source: SLEEPER, method: 'later', args: [ms], id: 'a', isNew: false })
  const calls = [call(1_000), call(1)]
  await uses('waiting_calls', (used) => used === 1)
  await uses('instance_executors', (used) => used === 1)
  const values = (await Promise.all(calls)).map(({ value }) => Number(value))
  expect(values.toSorted((one, other) => one - other)).toEqual([1, 2])
  await uses('waiting_calls', isFree)
})

test('a body that has not come to its end is held in the budget of buffers', async () => {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  const head =
    'POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n'
  socket.write(head + ' '.repeat(5_000))
  await uses('buffered_bytes', (used) => used >= 5_000)
  expect((await readMetrics(service.url)).value('budget_used', { budget: 'buffered_bytes' })).toBeLessThan(20_000)
  socket.destroy()
  await uses('buffered_bytes', isFree)
})

test('what a request was bundled to is kept in the budget of bundles', async () => {
  const modules = { './lib/one.ts': 'export const one: number = 1' }
  const answer = await post({
    function_code: "import { one } from './lib/one.ts'\nexport const f = () => one",
    modules,
  })
  expect(await answer.json()).toMatchObject({ json_result: 1 })
  await uses('bundle_bytes', (used) => used > 100)
})

test('connections above their number are counted, and the open ones are their budget', async () => {
  service.client[Symbol.dispose]()
  const ping = 'GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const sockets: Socket[] = []
  const open = async (): Promise<'answered' | 'closed'> => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
    sockets.push(socket.on('error', () => undefined))
    socket.write(ping)
    const answered = once(socket, 'data').then(
      () => 'answered' as const,
      () => 'closed' as const,
    )
    return Promise.race([
      answered,
      once(socket, 'end').then(
        () => 'closed' as const,
        () => 'closed' as const,
      ),
    ])
  }
  const before = await readMetrics(service.url)
  const outcomes = await Promise.all(Array.from({ length: 2 * CONNECTIONS_MAX }, open))
  const closed = outcomes.filter((outcome) => outcome === 'closed').length
  expect(closed).toBeGreaterThanOrEqual(CONNECTIONS_MAX)
  // Whoever reads the metrics needs a connection, too.
  for (const socket of sockets.slice(0, 2 * CONNECTIONS_MAX - 3)) socket.destroy()
  const after = await readMetrics(service.url)
  const refused = (read: typeof before): number => read.value('front_connections_refused_total')
  expect(refused(after) - refused(before)).toBeGreaterThanOrEqual(closed)
  await uses('connections', (used) => used <= 4)
  for (const socket of sockets) socket.destroy()
})
