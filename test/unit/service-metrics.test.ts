// The metrics, read by a parser of the exposition format.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { RequestRecord } from '../../src/http/request-record.ts'
import { writeServerTiming } from '../../src/http/server-timing.ts'
import { labelOfEnd } from '../../src/pool/lost-failure.ts'
import type { EgressFacts } from '../../src/telemetry/egress-metrics.ts'
import { ServiceMetrics } from '../../src/telemetry/service-metrics.ts'
import type { MetricsSources } from '../../src/telemetry/service-metrics.ts'
import { readSamples } from '../support/exposition-format.ts'

const RECORD: RequestRecord = {
  event: 'answered',
  method: 'POST',
  route: '/execute',
  endpoint: null,
  id: 'a',
  mode: 'live',
  status: 200,
  jobStatus: null,
  code: null,
  durationMs: 3.2,
  answerBytes: 100,
  usage: { cpuMs: 1.5, wallMs: 2, phases: { queueMs: 0.2, isolateMs: 0.01, callMs: 1 } },
}

const EXCHANGE: EgressFacts = { denial: null, code: null, sentBytes: 10, receivedBytes: 200, headMs: 3 }
const DENIED: EgressFacts = { denial: 'rule', code: 'EGRESS_DENIED', sentBytes: 0, receivedBytes: 0, headMs: null }

function createMetrics(sources: Partial<MetricsSources> = {}): ServiceMetrics {
  return new ServiceMetrics({
    executors: () => [
      { role: 'live', state: 'busy', isolates: { busy: 1, idle: 0, retired: 0 } },
      { role: 'live', state: 'busy', isolates: { busy: 1, idle: 0, retired: 0 } },
      { role: 'flash', state: 'idle', isolates: { busy: 0, idle: 2, retired: 1 } },
      { role: 'spare', state: 'idle', isolates: { busy: 0, idle: 0, retired: 0 } },
    ],
    queue: () => ({ waiting: 3, oldestMs: 1_500 }),
    jobs: () => ({
      inQueue: 4,
      inProgress: 5,
      oldestMs: 2_500,
      accepted: { run: 6, runsync: 7 },
      retried: 8,
      found: { waiting: 9, again: 10, interrupted: 11 },
    }),
    webhooks: () => ({ posts: { taken: 12, failed: 13 }, givenUp: 14 }),
    openEgress: () => 15,
    refusedConnections: () => 16,
    budgets: async () => [
      { name: 'jobs', used: 17, limit: 18 },
      { name: 'instances', tenant: 'default', used: 19, limit: 20 },
    ],
    endpointLabel: (endpoint) => (endpoint === null || endpoint === 'orders' ? (endpoint ?? 'default') : 'other'),
    ...sources,
  })
}

/** Of the samples with that name: the labels by their values, and the value. */
async function read(metrics: ServiceMetrics) {
  const samples = readSamples(await metrics.text())
  const of = (name: string) =>
    samples
      .filter((sample) => sample.name === `worker_isolate_${name}`)
      .map(({ labels, value }) => (Object.values(labels) as (number | string)[]).concat(value))
  return { of, series: samples.length }
}

describe('the metrics', () => {
  test('count requests by route, endpoint, mode, status and code, and say where their time went', async () => {
    const metrics = createMetrics()
    metrics.request(RECORD)
    metrics.request(RECORD)
    metrics.request({ ...RECORD, endpoint: 'orders', mode: 'flash', status: 429, code: 'QUEUE_FULL', usage: null })
    const { of } = await read(metrics)
    expect(of('requests_total')).toEqual([
      ['/execute', 'default', 'live', '200', 'none', 2],
      ['/execute', 'orders', 'flash', '429', 'QUEUE_FULL', 1],
    ])
    expect(of('phase_duration_seconds_count')).toEqual([
      ['queue', 'live', 2],
      ['isolate', 'live', 2],
      ['call', 'live', 2],
    ])
    expect(of('phase_duration_seconds_sum')[2]?.[2]).toBeCloseTo(0.002)
    expect(of('task_cpu_seconds_sum')[0]?.[1]).toBeCloseTo(0.003)
    expect(of('request_duration_seconds_bucket')).toEqual(
      expect.arrayContaining([
        ['0.0025', '/execute', 'live', 0],
        ['0.005', '/execute', 'live', 2],
        ['+Inf', '/execute', 'live', 2],
      ]),
    )
  })

  test('count jobs that end after their answer apart from requests', async () => {
    const metrics = createMetrics()
    metrics.request({
      ...RECORD,
      event: 'finished',
      route: '/run',
      status: null,
      jobStatus: 'FAILED',
      code: 'GUEST_THREW',
    })
    const { of } = await read(metrics)
    expect(of('requests_total')).toEqual([])
    expect(of('jobs_ended_total')).toEqual([['default', 'FAILED', 'GUEST_THREW', 1]])
  })

  test('show what is there when they are read', async () => {
    const metrics = createMetrics()
    metrics.executorEnded('signal SIGKILL')
    metrics.isolateRetired('heap')
    const { of } = await read(metrics)
    expect(of('executors')).toEqual([
      ['live', 'busy', 2],
      ['flash', 'idle', 1],
      ['spare', 'idle', 1],
    ])
    expect(of('isolates').filter(([, , count]) => count !== 0)).toEqual([
      ['live', 'busy', 2],
      ['flash', 'idle', 2],
      ['flash', 'retired', 1],
    ])
    const single = [
      'queue_waiting',
      'queue_oldest_seconds',
      'jobs_oldest_seconds',
      'jobs_retried_total',
      'webhooks_given_up_total',
      'egress_requests_open',
      'front_connections_refused_total',
    ].map((name) => of(name)[0]?.[0])
    expect(single).toEqual([3, 1.5, 2.5, 8, 14, 15, 16])
    expect([...of('jobs_accepted_total'), ...of('jobs_found_total'), ...of('webhook_posts_total')]).toEqual([
      ['run', 6],
      ['runsync', 7],
      ['waiting', 9],
      ['again', 10],
      ['interrupted', 11],
      ['taken', 12],
      ['failed', 13],
    ])
    expect([of('budget_used'), of('budget_limit')]).toEqual([
      [
        ['jobs', 17],
        ['instances', 'default', 19],
      ],
      [
        ['jobs', 18],
        ['instances', 'default', 20],
      ],
    ])
    expect(of('jobs')).toEqual([
      ['IN_QUEUE', 4],
      ['IN_PROGRESS', 5],
    ])
    expect(of('executors_ended_total')).toEqual([['signal SIGKILL', 1]])
    expect(of('isolates_retired_total')).toEqual([['heap', 1]])
    expect(of('front_resident_bytes')[0]?.[0]).toBeGreaterThan(1_000_000)
    expect(of('front_cpu_seconds_total')[0]?.[0]).toBeGreaterThan(0)
  })

  test('do not grow when they are read twice, or by two at once', async () => {
    const metrics = createMetrics()
    const texts = await Promise.all([metrics.text(), metrics.text(), metrics.text()])
    for (const text of texts) {
      const totals = readSamples(text).filter(({ name }) => /_(?:accepted|retried|found)_total$/u.test(name))
      expect(totals.map(({ value }) => value)).toEqual([6, 7, 8, 9, 10, 11])
      expect(readSamples(text).filter(({ name }) => name.includes('_budget_'))).toHaveLength(4)
    }
  })

  test('look at jobs and budgets once for all that they tell of them', async () => {
    const looks = { jobs: 0, budgets: 0 }
    const jobs: MetricsSources['jobs'] = () => {
      looks.jobs++
      return { inQueue: 0, inProgress: 0, oldestMs: 0, accepted: {}, retried: 0, found: {} }
    }
    const budgets: MetricsSources['budgets'] = async () => {
      looks.budgets++
      return []
    }
    const metrics = createMetrics({ jobs, budgets })
    await metrics.text()
    expect(looks).toEqual({ jobs: 1, budgets: 1 })
    await metrics.text()
    expect(looks).toEqual({ jobs: 2, budgets: 2 })
  })

  test('say how late the event loop was, without the time that it was to wait', async () => {
    const metrics = createMetrics()
    const latest = async (): Promise<number> =>
      Number((await read(metrics)).of('front_event_loop_delay_seconds')[2]?.[1])
    await sleep(150)
    await latest()
    await sleep(150)
    const busyUntil = performance.now() + 300
    while (performance.now() < busyUntil);
    await sleep(150)
    const late = await latest()
    expect(late).toBeGreaterThan(0.2)
    expect(late).toBeLessThan(3)
  })

  test('have every reason of a request to another host from the start, and count each under its own', async () => {
    const metrics = createMetrics()
    const before = await read(metrics)
    expect(before.of('egress_requests_total').map(([, , count]) => count)).toEqual(Array(13).fill(0))
    metrics.exchange(EXCHANGE)
    metrics.exchange({ ...EXCHANGE, code: 'CANCELLED' })
    for (const denial of ['rule', 'no-rule', 'not-declared', 'address', 'request'])
      metrics.exchange({ ...DENIED, denial })
    for (const code of ['EGRESS_FAILED', 'LIMIT_EGRESS', 'CANCELLED', 'INTERNAL'])
      metrics.exchange({ ...DENIED, denial: null, code })
    const { of, series } = await read(metrics)
    expect(of('egress_requests_total').filter(([, , count]) => count === 0)).toEqual([
      ['denied', 'other', 0],
      ['failed', 'other', 0],
    ])
    expect(of('egress_requests_total').slice(0, 2)).toEqual([
      ['allowed', 'answered', 1],
      ['allowed', 'unread', 1],
    ])
    expect(of('egress_bytes_total')).toEqual([
      ['sent', 10 + 10],
      ['received', 200 + 200],
    ])
    expect(of('egress_head_duration_seconds_count')).toEqual([[2]])
    expect(of('egress_head_duration_seconds_sum')[0]?.[0]).toBeCloseTo(0.006)
    expect(series).toBe(before.series)
  })

  test('have no more series for ten thousand of whatever others choose than for one', async () => {
    const metrics = createMetrics()
    const tell = (index: number): void => {
      const name = `wild-${index}`
      // What a record says beside what is counted: the id of the job or request, and the path by its pattern only.
      const record = { ...RECORD, endpoint: name, id: name, function: name, module: name }
      metrics.request({ ...record, code: name })
      metrics.request({ ...record, status: 600 + index })
      metrics.request({ ...record, event: 'finished', status: null, jobStatus: 'FAILED', code: name })
      metrics.exchange({ ...EXCHANGE, host: `${name}.example`, path: name, rule: name } as EgressFacts)
      metrics.exchange({ ...DENIED, denial: name })
      metrics.exchange({ ...DENIED, code: name, denial: null })
      metrics.executorEnded(labelOfEnd(`it could not be started: ${name}`))
      metrics.executorEnded(labelOfEnd(`frame: ${name}`))
    }
    tell(0)
    const { series } = await read(metrics)
    for (let index = 1; index < 10_000; index++) tell(index)
    expect((await read(metrics)).series).toBe(series)
    expect(await metrics.text()).not.toContain('wild')
  })
})

test.each([
  ['signal SIGKILL', 'signal SIGKILL'],
  ['exit code 134 and more', 'exit code 134'],
  ['it used too much memory', 'it used too much memory'],
  ['frame: 12345678 bytes; the limit is 9', 'it broke the protocol'],
  ['it could not be started: spawn /home/me/secret ENOENT', 'other'],
])('an executor that ended with %j is counted under %j', (reason, label) => {
  expect(labelOfEnd(reason)).toBe(label)
})

test('Server-Timing has the phases that happened, in their order, and the whole', () => {
  const usage = { cpuMs: 1.234_5, wallMs: 3, phases: { callMs: 2.5, queueMs: 0.001, transpileMs: 12 } }
  expect(writeServerTiming(usage, 17.006)).toBe(
    'transpile;dur=12, queue;dur=0, call;dur=2.5, cpu;dur=1.23, total;dur=17.01',
  )
  const facts = { isolate: 'cold', codeCache: 'hit', heapBytes: 1_024 } as const
  expect(writeServerTiming({ ...usage, ...facts, phases: {} }, 1)).toBe(
    'from;desc=cold, cache;desc=hit, heap;desc=1024, cpu;dur=1.23, total;dur=1',
  )
})
