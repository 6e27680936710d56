// The metrics, read by a parser of the exposition format.
import { describe, expect, test } from 'vitest'
import type { RequestRecord } from '../../src/http/request-record.ts'
import { writeServerTiming } from '../../src/http/server-timing.ts'
import { labelOfEnd } from '../../src/pool/lost-failure.ts'
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

function createMetrics(sources: Partial<MetricsSources> = {}): ServiceMetrics {
  return new ServiceMetrics({
    executors: () => [
      { role: 'live', state: 'busy' },
      { role: 'live', state: 'busy' },
      { role: 'spare', state: 'idle' },
    ],
    queue: () => ({ waiting: 3, oldestMs: 1_500 }),
    jobs: () => ({ inQueue: 4, inProgress: 5 }),
    instances: () => 6,
    bufferedBytes: () => 7,
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
      ['spare', 'idle', 1],
    ])
    const single = ['queue_waiting', 'queue_oldest_seconds', 'instances', 'buffered_bytes'].map(
      (name) => of(name)[0]?.[0],
    )
    expect(single).toEqual([3, 1.5, 6, 7])
    expect(of('jobs')).toEqual([
      ['IN_QUEUE', 4],
      ['IN_PROGRESS', 5],
    ])
    expect(of('executors_ended_total')).toEqual([['signal SIGKILL', 1]])
    expect(of('isolates_retired_total')).toEqual([['heap', 1]])
    expect(of('front_resident_bytes')[0]?.[0]).toBeGreaterThan(1_000_000)
  })

  test('have no more series for ten thousand endpoints that nobody has registered than for one', async () => {
    const metrics = createMetrics()
    metrics.request({ ...RECORD, endpoint: 'nobody-0' })
    const { series } = await read(metrics)
    for (let index = 1; index < 10_000; index++) metrics.request({ ...RECORD, endpoint: `nobody-${index}` })
    expect((await read(metrics)).series).toBe(series)
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
