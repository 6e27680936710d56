// What a service tells of itself to whoever watches it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSamples } from '../support/exposition-format.ts'
import { ServiceProcess } from '../support/service-process.ts'

const LIVE = { function_name: 'f', function_code: 'const f = (x) => x + 1', args: [1], serialization_format: 'json' }
const KEY = 'k-1'
const METRICS_KEY = 'm-1'

describe('a service with keys', () => {
  let service: ServiceProcess
  beforeAll(async () => {
    service = await ServiceProcess.start({ env: { API_KEY: KEY, METRICS_KEY } })
  })
  afterAll(async () => {
    await service[Symbol.asyncDispose]()
  })

  const ask = async (path: string, key: string | null, body?: unknown): Promise<Response> =>
    fetch(service.url + path, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
    })

  test('says of each answer where its time went', async () => {
    const answers = await Promise.all([
      ask('/execute', KEY, LIVE),
      ask('/runsync', KEY, { input: LIVE }),
      ask('/v2/some/runsync', KEY, { input: { ...LIVE, function_code: 'const f = () => { throw 1 }' } }),
    ])
    const number = String.raw`\d+(?:\.\d+)?`
    const timesOf = (names: readonly string[]): string => names.map((name) => `${name};dur=${number}`).join(', ')
    const before = timesOf(['queue', 'executor', 'isolate', 'evaluate'])
    const call = `(?:decode;dur=${number}, )?call;dur=${number}, (?:encode;dur=${number}, )?return;dur=${number}`
    const facts = String.raw`from;desc=(?:virgin|cold)(?:, heap;desc=\d+)?`
    const form = new RegExp(`^${before}, ${call}, ${facts}, ${timesOf(['cpu', 'total'])}$`, 'u')
    for (const { status, headers } of answers) {
      expect(status).toBe(200)
      expect(headers.get('server-timing')).toMatch(form)
    }
    expect((await ask('/ping', null)).headers.get('server-timing')).toBeNull()
  })

  test('shows its metrics to either key and to nobody else', async () => {
    const paths = [null, 'other', KEY, METRICS_KEY].map(async (key) => (await ask('/metrics', key)).status)
    expect(await Promise.all(paths)).toEqual([401, 401, 200, 200])
    const forbidden = [
      ask('/execute', METRICS_KEY, LIVE),
      ask('/health', METRICS_KEY),
      ask('/v2/x/metrics', METRICS_KEY),
    ]
    expect((await Promise.all(forbidden)).map(({ status }) => status)).toEqual([401, 401, 401])
  })

  test('counts what it has answered, in the format of Prometheus', async () => {
    const answer = await ask('/metrics', METRICS_KEY)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/u)
    const text = await answer.text()
    const samples = readSamples(text)
    const of = (name: string) => samples.filter((sample) => sample.name === `worker_isolate_${name}`)
    const requests = of('requests_total').map(({ value, labels: { route, endpoint, code } }) => [
      route,
      endpoint,
      code,
      value,
    ])
    expect(requests).toEqual(
      expect.arrayContaining([
        ['/execute', 'default', 'none', 1],
        ['/runsync', 'default', 'none', 1],
        ['/v2/:endpointId/runsync', 'other', 'GUEST_THREW', 1],
      ]),
    )
    const evaluate = of('phase_duration_seconds_count').find(({ labels }) => labels['phase'] === 'evaluate')
    expect(evaluate?.value).toBe(3)
    expect(of('executors').length).toBeGreaterThan(0)
  })
})
