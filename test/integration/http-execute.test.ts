// POST /execute as a client of the load-balancer worker sees it.
import { describe, expect, test } from 'vitest'
import { JOBS_UNAVAILABLE, JobStoreError } from '../../src/jobs/job-store.ts'
import { OWN_BRANCHES, OWN_PATHS, OWN_TREES } from '../../src/protocol/own-paths.ts'
import { PICKLED_FIVE, failed, neverRan, returned } from '../support/fake-executor.ts'
import { createTestService } from '../support/test-service.ts'

const REQUEST = { function_name: 'f', function_code: 'function f() {}', serialization_format: 'json' }

describe('POST /execute', () => {
  test('answers a bare FunctionRequest and a wrapped one alike, with every key and compactly', async () => {
    const { post, defects } = createTestService({ behaviour: () => returned('{"a":1}', 'out\n') })
    const expected =
      '{"success":true,"result":null,"json_result":{"a":1},"error":null,"stdout":"out\\n","instance_id":null,"instance_info":null}'
    for (const body of [REQUEST, { input: REQUEST }]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const answer = await post('/execute', body)
      expect(answer).toMatchObject({ status: 200, text: expected, code: null, contentType: 'application/json' })
    }
    expect(defects).toEqual([])
  })

  test('answers pickles in result', async () => {
    const { post } = createTestService()
    const { json } = await post('/execute', { ...REQUEST, serialization_format: 'cloudpickle' })
    expect(json).toMatchObject({ success: true, result: PICKLED_FIVE, json_result: null })
  })

  test('puts the result into the answer as the guest wrote it, negative zeros and all', async () => {
    const { post, executor } = createTestService()
    const { text } = await post(
      '/execute',
      '{"function_name":"f","function_code":"x","serialization_format":"json","args":[-0, 1e-7]}',
    )
    expect(text).toContain('"json_result":{"args":[-0,1e-7],"kwargs":{}}')
    expect(executor.onlyTask.invocation.input.text).toBe('{"args":[-0,1e-7],"kwargs":{}}')
  })

  test.each([
    [null, 'NoneType'],
    [[], 'list'],
  ])('answers 200 and success:false for the input %j', async (input, name) => {
    const { post } = createTestService()
    const answer = await post('/execute', { input })
    expect(answer).toMatchObject({ status: 200, code: 'REQUEST_INVALID' })
    expect(answer.json).toEqual({
      success: false,
      result: null,
      json_result: null,
      error: `Error in handler: FunctionRequest() argument after ** must be a mapping, not ${name}`,
      stdout: null,
      instance_id: null,
      instance_info: null,
    })
  })

  test('answers 200 and names the field for a request that breaks a rule', async () => {
    const { post } = createTestService()
    const { status, json, code } = await post('/execute', { ...REQUEST, args: null })
    expect([status, code]).toEqual([200, 'REQUEST_INVALID'])
    expect(json).toMatchObject({ success: false, error: expect.stringMatching(/^Error in handler: .*\nargs\n/) })
  })

  test.each([
    ['[1]', 'dict_type', ['body']],
    ['5', 'dict_type', ['body']],
    ['null', 'dict_type', ['body']],
    ['{"a":1}x', 'json_invalid', ['body', 7]],
    ['{', 'json_invalid', ['body', 1]],
    ['', 'missing', ['body']],
  ])('answers 422 as FastAPI does for the body %j', async (body, type, loc) => {
    const { post } = createTestService()
    const { status, json, code } = await post('/execute', body)
    expect([status, code]).toEqual([422, 'REQUEST_INVALID'])
    expect(json).toMatchObject({ detail: [{ type, loc, msg: expect.any(String) }] })
    expect(json).toHaveProperty('detail.0.input')
  })

  test('keeps the body of upstream for a missing function, and says the code in the header', async () => {
    const { post } = createTestService({ behaviour: () => failed({ code: 'ENTRY_NOT_FOUND', message: 'x' }) })
    const { status, json, code } = await post('/execute', { ...REQUEST, function_name: 'g' })
    expect([status, code]).toEqual([200, 'ENTRY_NOT_FOUND'])
    expect(json).toMatchObject({
      success: false,
      result: "Function 'g' not found in the provided code",
      error: null,
      stdout: null,
    })
  })

  test.each(['LIMIT_CPU', 'EXECUTOR_LOST', 'QUEUE_TIMEOUT', 'GUEST_THREW', 'INTERNAL'] as const)(
    'answers 200 for an accepted request that ends with %s',
    async (code) => {
      const { post } = createTestService({ behaviour: () => failed({ code, message: 'x' }) })
      const answer = await post('/execute', REQUEST)
      expect(answer).toMatchObject({ status: 200, code, json: { success: false, error: expect.stringContaining('x') } })
    },
  )

  test.each([
    ['QUEUE_FULL', 429],
    ['DRAINING', 503],
    ['EXECUTORS_UNAVAILABLE', 503],
  ] as const)('answers %s with %i when the machinery does not take the request', async (code, status) => {
    const { post } = createTestService({ behaviour: () => neverRan(code, 'No.') })
    const answer = await post('/execute', REQUEST)
    expect(answer).toMatchObject({ status, code, json: { success: false, error: `${code}: No.` } })
  })

  test('answers a defect with 500 and no details', async () => {
    const { post, defects, buffers } = createTestService({
      behaviour: () => {
        throw new Error('secret')
      },
    })
    const { status, code, text } = await post('/execute', REQUEST)
    expect([status, code]).toEqual([500, 'INTERNAL'])
    expect(text).not.toContain('secret')
    expect(defects).toHaveLength(1)
    expect(buffers.usedBytes).toBe(0)
  })

  test('reports one line with id, mode, phases and code', async () => {
    const behaviour = () => ({
      ...failed({ code: 'LIMIT_CPU', message: 'x' }),
      usage: { cpuMs: 1, wallMs: 2, phases: { callMs: 3 } },
    })
    const { post, records, executor } = createTestService({ behaviour })
    const { text } = await post('/execute', REQUEST)
    expect(records).toEqual([
      {
        event: 'answered',
        method: 'POST',
        route: '/execute',
        endpoint: null,
        id: executor.onlyTask.id,
        mode: 'live',
        status: 200,
        jobStatus: null,
        code: 'LIMIT_CPU',
        durationMs: expect.any(Number),
        answerBytes: text.length,
        usage: { cpuMs: 1, wallMs: 2, phases: { callMs: 3 } },
      },
    ])
  })
})

describe('other routes', () => {
  test.each(['/', '/stream', '/v2/e/execute', '/status', '/status/', '/v2/e/ping', '/docs'])(
    '%s is 404',
    async (path) => {
      const { get, post } = createTestService()
      expect(await get(path)).toMatchObject({ status: 404, json: { detail: 'Not Found' }, code: 'NOT_FOUND' })
      expect(await post(path, {})).toMatchObject({ status: 404, contentType: 'application/json' })
    },
  )

  test.each([
    ['GET', '/execute', 'POST'],
    ['PUT', '/run', 'POST'],
    ['DELETE', '/v2/e/status/x', 'GET, POST'],
    ['POST', '/ping', 'GET'],
    ['OPTIONS', '/runsync', 'POST'],
    ['POST', '/health', 'GET'],
  ])('%s %s is 405', async (method, path, allow) => {
    const { app } = createTestService()
    const response = await app.request(path, { method })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe(allow)
    expect(response.headers.get('x-error-code')).toBe('METHOD_NOT_ALLOWED')
    expect(await response.json()).toEqual({ detail: 'Method Not Allowed' })
  })

  test.each([
    ['starting', 204, undefined],
    ['ready', 200, { status: 'healthy' }],
    ['unhealthy', 503, { status: 'unhealthy' }],
  ] as const)('GET /ping of a service that is %s is %i', async (readiness, status, json) => {
    const { get } = createTestService({ app: { ready: () => readiness } })
    expect(await get('/ping')).toMatchObject({ status, json })
  })

  test.each([
    ['starting', false, 503, 'EXECUTORS_UNAVAILABLE'],
    ['ready', false, 200, null],
    ['unhealthy', false, 503, 'EXECUTORS_UNAVAILABLE'],
    ['ready', true, 503, 'DRAINING'],
  ] as const)('GET /ready of a service that is %s, draining: %s, is %i', async (readiness, drains, status, code) => {
    const { get } = createTestService({ app: { ready: () => readiness, isDraining: () => drains } })
    const json = { status: status === 200 ? 'ready' : 'not ready' }
    expect(await get('/ready')).toMatchObject({ status, json, code })
  })

  test('GET /ready of a service that can keep no jobs is 503 and says so', async () => {
    const { get } = createTestService({ app: { jobsFailure: () => JOBS_UNAVAILABLE } })
    expect(await get('/ready')).toMatchObject({ status: 503, code: 'JOBS_UNAVAILABLE' })
  })

  test('a job that cannot be read is answered with 503, without the path of its file', async () => {
    const service = createTestService()
    service.store.get = async () => Promise.reject(new JobStoreError('/data/jobs.sqlite is damaged.'))
    const answer = await service.get('/status/a')
    expect(answer).toMatchObject({ status: 503, code: 'JOBS_UNAVAILABLE' })
    expect(answer.text).not.toContain('jobs.sqlite')
    expect(service.defects).toEqual([])
  })

  test('GET /v2/{endpointId}/metrics has the workers that take jobs', async () => {
    const path = '/v2/any/metrics'
    const workers = { idle: 1, initializing: 0, ready: 1, running: 0, throttled: 0, unhealthy: 0 }
    expect((await createTestService().get(path)).json).toEqual({ workers, readyWorkers: ['worker-1'] })
    const starting = createTestService({ app: { ready: () => 'starting' } })
    expect((await starting.get(path)).json).toMatchObject({ readyWorkers: [] })
  })

  test('every route is among the paths that no route of a deployment may have', () => {
    const { app } = createTestService()
    const paths = app.routes.map(({ path }) => path).filter((path) => path !== '/*' && path !== '*')
    expect(paths.length).toBeGreaterThan(10)
    const own: readonly string[] = [...OWN_PATHS, ...OWN_TREES, ...OWN_BRANCHES]
    expect(paths.filter((path) => !own.includes(path.split('/')[1] ?? ''))).toEqual([])
  })

  test('HEAD /ping is GET without a body', async () => {
    const { app } = createTestService()
    const response = await app.request('/ping', { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  test.each(['/health', '/v2/any/health'])('GET %s has five job counters and six worker counters', async (path) => {
    const { get } = createTestService()
    expect((await get(path)).json).toEqual({
      jobs: { completed: 0, failed: 0, inProgress: 0, inQueue: 0, retried: 0 },
      workers: { idle: 1, initializing: 0, ready: 1, running: 0, throttled: 0, unhealthy: 0 },
    })
  })
})
