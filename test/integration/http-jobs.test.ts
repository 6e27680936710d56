// /run, /runsync and /status as clients of the job API see them.
import { describe, expect, test } from 'vitest'
import { failed, holding, neverRan, returned } from '../support/fake-executor.ts'
import { createTestService, until } from '../support/test-service.ts'
import type { TestService } from '../support/test-service.ts'

const REQUEST = { function_name: 'f', function_code: 'function f() {}', serialization_format: 'json' }
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const PREFIXES = ['', '/v2/any-endpoint']

function idOf(json: unknown): string {
  if (typeof json === 'object' && json !== null && 'id' in json && typeof json.id === 'string') return json.id
  throw new Error('no id')
}

async function finishedJob({ get }: TestService, id: string, prefix = '') {
  let answer = await get(`${prefix}/status/${id}`)
  while (answer.text.includes('"IN_')) {
    // oxlint-disable-next-line no-await-in-loop -- polling is what clients do
    answer = await get(`${prefix}/status/${id}`)
  }
  return answer
}

describe.each(PREFIXES)('under %j', (prefix) => {
  test('POST /runsync answers the finished job', async () => {
    const { post } = createTestService({ behaviour: () => returned('[1,-0]', 'hi') })
    const { status, json, text, code, contentType } = await post(`${prefix}/runsync`, { input: REQUEST })
    expect([status, code, contentType]).toEqual([200, null, 'application/json'])
    expect(json).toEqual({
      id: expect.stringMatching(new RegExp(`^sync-${UUID}-u1$`)),
      status: 'COMPLETED',
      output: {
        success: true,
        result: null,
        json_result: [1, -0],
        stdout: 'hi',
        instance_id: null,
        instance_info: null,
      },
      delayTime: expect.any(Number),
      executionTime: expect.any(Number),
      workerId: 'worker-1',
    })
    expect(text).toContain('"json_result":[1,-0]')
  })

  test('POST /run answers at once, and GET and POST /status follow the job', async () => {
    const { behaviour, release } = holding()
    const service = createTestService({ behaviour })
    const accepted = await service.post(`${prefix}/run`, { input: REQUEST })
    const id = idOf(accepted.json)
    expect(accepted).toMatchObject({
      status: 200,
      json: { id: expect.stringMatching(new RegExp(`^${UUID}-u1$`)), status: 'IN_QUEUE' },
    })
    await until(() => service.executor.tasks.length === 1)
    expect((await service.get(`${prefix}/status/${id}`)).json).toEqual({ id, status: 'IN_PROGRESS' })
    release(returned('5'))
    const finished = await finishedJob(service, id, prefix)
    expect(finished.json).toMatchObject({ id, status: 'COMPLETED', output: { json_result: 5 }, workerId: 'worker-1' })
    expect((await service.post(`${prefix}/status/${id}`, '')).text).toBe(finished.text)
  })
})

describe.each(PREFIXES)('whoever has the id of a job under %j', (prefix) => {
  test('waits for its end with /status-sync, for as long as it wants to', async () => {
    const { behaviour, release } = holding()
    const service = createTestService({ behaviour })
    const id = idOf((await service.post(`${prefix}/run`, { input: REQUEST })).json)
    const early = await service.get(`${prefix}/status-sync/${id}?wait=1000`)
    expect(early.json).toEqual({ id, status: 'IN_PROGRESS' })
    const waiting = service.get(`${prefix}/status-sync/${id}`)
    release(returned('5'))
    expect((await waiting).json).toMatchObject({ id, status: 'COMPLETED', output: { json_result: 5 } })
    expect((await service.post(`${prefix}/status-sync/${id}`, '')).json).toEqual((await waiting).json)
  })

  test('cancels it, and /runsync that waits for it hears so', async () => {
    const service = createTestService({ behaviour: holding().behaviour })
    const running = service.post(`${prefix}/runsync`, { input: REQUEST })
    await until(() => service.executor.tasks.length === 1)
    const { id } = service.executor.onlyTask
    const cancelled = await service.post(`${prefix}/cancel/${id}`, '')
    expect(cancelled).toMatchObject({ status: 200, code: null })
    expect(cancelled.json).toEqual({
      id,
      status: 'CANCELLED',
      delayTime: expect.any(Number),
      executionTime: expect.any(Number),
      workerId: 'worker-1',
    })
    expect((await running).json).toEqual(cancelled.json)
    expect((await service.get(`${prefix}/status/${id}`)).json).toEqual(cancelled.json)
    expect((await service.post(`${prefix}/cancel/${id}`, '')).json).toEqual(cancelled.json)
  })

  test('takes all jobs of its endpoint that wait out of the queue', async () => {
    const service = createTestService({ behaviour: holding().behaviour, starts: () => false })
    const statuses: string[] = []
    for (const endpoint of [prefix, prefix, '/v2/other']) {
      // oxlint-disable-next-line no-await-in-loop -- in their order
      const { json } = await service.post(`${endpoint}/run`, { input: REQUEST })
      statuses.push(`${endpoint}/status/${idOf(json)}`)
    }
    const { status, json } = await service.post(`${prefix}/purge-queue`, '')
    expect([status, json]).toEqual([200, { removed: 2, status: 'completed' }])
    const jobs = await Promise.all(statuses.map(async (path) => (await service.get(path)).json))
    expect(jobs).toMatchObject([{ status: 'CANCELLED' }, { status: 'CANCELLED' }, { status: 'IN_QUEUE' }])
  })

  test('runs it again when it has failed, under the same id', async () => {
    const outcomes = [failed({ code: 'GUEST_THREW', message: 'boom' }), returned('5')]
    const service = createTestService({ behaviour: () => outcomes.shift() ?? returned('6') })
    const id = idOf((await service.post(`${prefix}/run`, { input: REQUEST })).json)
    const status = async () => (await service.get(`${prefix}/status-sync/${id}`)).json
    expect(await status()).toMatchObject({ id, status: 'FAILED', error: expect.stringContaining('boom') })
    expect((await service.post(`${prefix}/retry/${id}`, '')).json).toEqual({ id, status: 'IN_QUEUE' })
    expect(await status()).toMatchObject({ id, status: 'COMPLETED', output: { json_result: 5 } })
    expect((await service.get(`${prefix}/health`)).json).toMatchObject({
      jobs: { completed: 1, failed: 1, retried: 1 },
    })
    expect(service.records.filter(({ event }) => event === 'finished')).toMatchObject([
      { route: '/run', jobStatus: 'FAILED', code: 'GUEST_THREW', id },
      { route: '/retry/:id', jobStatus: 'COMPLETED', code: null, id },
    ])
    const [first, again] = service.executor.tasks
    expect(again?.invocation).toEqual(first?.invocation)
    expect(again?.id).not.toBe(first?.id)
    const refused = await service.post(`${prefix}/retry/${id}`, '')
    expect(refused).toMatchObject({ status: 400, code: 'JOB_NOT_RETRYABLE' })
    expect(refused.text).toContain('COMPLETED')
  })

  test('reads what it has of its stream, each chunk once, and the end with the last of them', async () => {
    const gate = Promise.withResolvers<void>()
    const service = createTestService({
      behaviour: async (_, { onEvent }) => {
        await onEvent?.({ type: 'chunk', value: '1' })
        await onEvent?.({ type: 'progress', value: '"half"' })
        await gate.promise
        await onEvent?.({ type: 'chunk', value: '{"two":2}' })
        return { ...returned(''), chunks: 2 }
      },
    })
    const id = idOf((await service.post(`${prefix}/run`, { input: REQUEST })).json)
    const stream = async () => (await service.get(`${prefix}/stream/${id}?wait=5000`)).json
    await expect.poll(async () => (await service.get(`${prefix}/status/${id}`)).text).toContain('half')
    const head = await service.app.request(`${prefix}/stream/${id}?wait=5000`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(await stream()).toEqual({ id, status: 'IN_PROGRESS', stream: [{ output: 1 }] })
    const status = async () => (await service.get(`${prefix}/status/${id}`)).json
    await expect.poll(status).toEqual({ id, status: 'IN_PROGRESS', output: 'half' })
    const empty = await service.post(`${prefix}/stream/${id}?wait=0`, '')
    expect(empty.json).toEqual({ id, status: 'IN_PROGRESS', stream: [] })
    gate.resolve()
    await service.get(`${prefix}/status-sync/${id}`)
    expect(await stream()).toEqual({ id, status: 'COMPLETED', stream: [{ output: { two: 2 } }] })
    expect(await stream()).toEqual({ id, status: 'COMPLETED', stream: [] })
    expect(await status()).not.toMatchObject({ output: 'half' })
  })

  test('gives it another time to live, from its submission on', async () => {
    let now = 1_000_000
    const clock = () => now
    const service = createTestService({ store: { now: clock }, jobs: { now: clock } })
    const id = idOf((await service.post(`${prefix}/run`, { input: REQUEST })).json)
    await service.get(`${prefix}/status-sync/${id}`)
    expect((await service.get(`${prefix}/status/${id}?ttl=20000`)).json).toMatchObject({ id, status: 'COMPLETED' })
    now += 19_000
    expect(await service.get(`${prefix}/status/${id}`)).toMatchObject({ status: 200 })
    now += 1_001
    expect(await service.get(`${prefix}/status/${id}`)).toMatchObject({ status: 404, code: 'JOB_NOT_FOUND' })
  })

  test('lists the jobs of its endpoint, and none of another', async () => {
    const service = createTestService({ behaviour: () => failed({ code: 'GUEST_THREW', message: 'boom' }) })
    await service.post('/v2/other/runsync', { input: REQUEST })
    const { json } = await service.post(`${prefix}/runsync`, { input: REQUEST })
    const listed = await service.get(`${prefix}/requests`)
    expect(listed.json).toEqual({
      requests: [
        {
          id: idOf(json),
          status: 'FAILED',
          createdAt: expect.stringMatching(/^\d{4}-.*Z$/u),
          delayTime: expect.any(Number),
          executionTime: expect.any(Number),
          retries: 0,
          error: expect.stringContaining('boom'),
        },
      ],
    })
    expect((await service.get(`${prefix}/requests?status=COMPLETED`)).json).toEqual({ requests: [] })
    const wrong = await service.get(`${prefix}/requests?status=DONE`)
    expect(wrong).toMatchObject({ status: 422, code: 'REQUEST_INVALID' })
    expect(wrong.json).toEqual({
      detail: [
        { type: 'enum', loc: ['query', 'status'], msg: expect.stringContaining("'CANCELLED' or"), input: 'DONE' },
      ],
    })
  })

  test.each(['status', 'status-sync', 'stream', 'cancel', 'retry'])(
    'has no use for it at /%s elsewhere',
    async (route) => {
      const service = createTestService({ behaviour: holding().behaviour })
      const id = idOf((await service.post(`${prefix}/run`, { input: REQUEST })).json)
      expect(await service.post(`/v2/other/${route}/${id}`, '')).toMatchObject({ status: 404, code: 'JOB_NOT_FOUND' })
    },
  )

  test.each(['cancel', 'status-sync', 'stream', 'retry', 'status'])(
    'hears from /%s that there is none',
    async (route) => {
      const { post } = createTestService()
      const answer = await post(`${prefix}/${route}/none`, '')
      expect(answer).toMatchObject({ status: 404, code: 'JOB_NOT_FOUND', json: { error: 'Job ID not found' } })
    },
  )
})

test('a job that has failed keeps its code when somebody cancels it', async () => {
  const service = createTestService({ behaviour: () => failed({ code: 'GUEST_THREW', message: 'boom' }) })
  const { json } = await service.post('/runsync', { input: REQUEST })
  expect(await service.post(`/cancel/${idOf(json)}`, '')).toMatchObject({ status: 200, code: 'GUEST_THREW', json })
})

test.each(['/cancel/a', '/purge-queue'])('GET %s is no way to change anything', async (path) => {
  expect(await createTestService().get(path)).toMatchObject({ status: 405 })
})

describe('a job', () => {
  test('that fails has its error at the top and none in its output', async () => {
    const service = createTestService({
      behaviour: () =>
        failed({ code: 'GUEST_THREW', message: 'boom', stack: 'Error: boom\n    at f (a.js:1:1)' }, 'before'),
    })
    const { status, json, code } = await service.post('/runsync', { input: REQUEST })
    expect([status, code]).toEqual([200, 'GUEST_THREW'])
    expect(json).toMatchObject({
      status: 'FAILED',
      error: 'boom\nError: boom\n    at f (a.js:1:1)',
      output: { success: false, stdout: 'before', result: null },
    })
    expect(json).not.toHaveProperty('output.error')
    expect(await service.get(`/status/${idOf(json)}`)).toMatchObject({ status: 200, code: 'GUEST_THREW', json })
  })

  test('whose function is missing is COMPLETED, as upstream has it', async () => {
    const { post } = createTestService({ behaviour: () => failed({ code: 'ENTRY_NOT_FOUND', message: 'x' }) })
    const { json, code } = await post('/runsync', { input: REQUEST })
    expect(json).toMatchObject({
      status: 'COMPLETED',
      output: { success: false, result: expect.stringContaining('not found') },
    })
    expect(json).not.toHaveProperty('error')
    expect(code).toBe('ENTRY_NOT_FOUND')
  })

  test('that asks for refresh_worker in its result is just a result', async () => {
    const { post } = createTestService({ behaviour: () => returned('{"refresh_worker":true,"error":"mine"}') })
    const { json } = await post('/runsync', { input: REQUEST })
    expect(json).toMatchObject({
      status: 'COMPLETED',
      output: { json_result: { refresh_worker: true, error: 'mine' } },
    })
    expect(json).not.toHaveProperty('stopPod')
  })

  test('that breaks a field rule is accepted and FAILED', async () => {
    const { post } = createTestService()
    const { status, json, code } = await post('/runsync', { input: { function_name: 5 } })
    expect([status, code]).toEqual([200, 'REQUEST_INVALID'])
    expect(json).toMatchObject({
      status: 'FAILED',
      error: expect.stringMatching(/^Error in handler: .*\nfunction_name\n/),
    })
  })

  test.each(['/run', '/runsync'])('may come to %s without an envelope', async (path) => {
    const { post, executor } = createTestService()
    expect((await post(path, REQUEST)).status).toBe(200)
    await until(() => executor.tasks.length === 1)
    expect(executor.onlyTask.invocation.name).toBe('f')
  })

  test.each(['/run', '/runsync'])('without an input is refused by %s as FastAPI refuses it', async (path) => {
    const { post, executor } = createTestService()
    expect(await post(path, { policy: {} })).toMatchObject({
      status: 422,
      code: 'REQUEST_INVALID',
      json: { detail: [{ type: 'missing', loc: ['body', 'input'], msg: 'Field required', input: { policy: {} } }] },
    })
    expect(await post(path, { input: [1] })).toMatchObject({
      status: 422,
      json: { detail: [{ type: 'dict_type', loc: ['body', 'input'], input: [1] }] },
    })
    expect(await post(path, '{"input"')).toMatchObject({ status: 422, json: { detail: [{ type: 'json_invalid' }] } })
    expect(executor.tasks).toEqual([])
  })

  test('with a webhook that is no URL, or of the second kind, is refused by name', async () => {
    const { post } = createTestService()
    expect(await post('/run', { input: REQUEST, webhook: 'x' })).toMatchObject({
      status: 422,
      code: 'REQUEST_INVALID',
      json: { detail: [{ loc: ['body', 'webhook'] }] },
    })
    expect(await post('/run', { input: REQUEST, webhookV2: 'http://x' })).toMatchObject({
      status: 422,
      code: 'FEATURE_UNAVAILABLE',
      json: { detail: [{ loc: ['body', 'webhookV2'], msg: 'webhookV2 is not available in this build' }] },
    })
  })

  test('gets its wall from policy.executionTimeout, up to the maximum, and is TIMED_OUT when it is over', async () => {
    const service = createTestService({ behaviour: () => failed({ code: 'LIMIT_WALL', message: 'x' }) })
    const { json } = await service.post('/runsync', { input: REQUEST, policy: { executionTimeout: 7_000 } })
    expect(service.executor.onlyTask.limits.wallMs).toBe(7_000)
    expect(json).toMatchObject({ status: 'TIMED_OUT', error: 'LIMIT_WALL: x' })
  })

  test.each(['nothing', 'sync-00000000-0000-0000-0000-000000000000-u1', '__proto__', '%00', '%E0%A4%A'])(
    'that never was (%s) is 404',
    async (id) => {
      const { get, post } = createTestService()
      expect(await get(`/status/${id}`)).toMatchObject({
        status: 404,
        code: 'JOB_NOT_FOUND',
        json: { error: 'Job ID not found' },
      })
      expect((await post(`/v2/e/status/${id}`, '')).status).toBe(404)
    },
  )
})

describe('POST /runsync', () => {
  test('answers an unfinished job when the wait is over, and the job goes on', async () => {
    const { behaviour, release } = holding()
    const service = createTestService({ behaviour })
    const started = performance.now()
    const { status, json, code } = await service.post('/runsync?wait=1', { input: REQUEST })
    expect(performance.now() - started).toBeGreaterThan(990)
    expect([status, code]).toEqual([200, null])
    expect(json).toEqual({ id: expect.stringMatching(/^sync-/), status: 'IN_PROGRESS' })
    release(returned('1'))
    expect((await finishedJob(service, idOf(json))).json).toMatchObject({ status: 'COMPLETED' })
    expect(service.records.filter(({ event }) => event === 'finished')).toMatchObject([
      { route: '/runsync', jobStatus: 'COMPLETED' },
    ])
  })

  test.each(['abc', '', '-5', 'Infinity', '1e99'])('survives ?wait=%s', async (wait) => {
    const { post } = createTestService()
    expect((await post(`/runsync?wait=${wait}`, { input: REQUEST })).json).toMatchObject({ status: 'COMPLETED' })
  })

  test.each([
    ['QUEUE_FULL', 429],
    ['DRAINING', 503],
  ] as const)('answers %i when the executor refuses with %s; /status of that job is 200', async (code, status) => {
    const service = createTestService({ behaviour: () => neverRan(code, 'No.') })
    const answer = await service.post('/runsync', { input: REQUEST })
    expect(answer).toMatchObject({ status, code, json: { status: 'FAILED', error: `${code}: No.` } })
    expect(await service.get(`/status/${idOf(answer.json)}`)).toMatchObject({ status: 200, code })
  })

  test('takes twice the input of /run', async () => {
    const service = createTestService()
    const input = { ...REQUEST, args: ['x'.repeat(15_000)] }
    expect((await service.post('/runsync', { input })).json).toMatchObject({ status: 'COMPLETED' })
    expect(service.executor.onlyTask.limits.inputBytes).toBe(20_000)
    expect(await service.post('/run', { input })).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' })
  })
})

describe('a service that is shutting down', () => {
  test.each(['/run', '/runsync', '/execute', '/v2/e/run'])('refuses POST %s with 503', async (path) => {
    const { post, executor } = createTestService({ app: { isDraining: () => true } })
    expect(await post(path, { input: REQUEST })).toMatchObject({
      status: 503,
      code: 'DRAINING',
      json: { error: expect.stringMatching(/^DRAINING: /) },
    })
    expect(executor.tasks).toEqual([])
  })

  test('asks its clients to open no further request on the connection', async () => {
    const { get } = createTestService({ app: { isDraining: () => true } })
    expect((await get('/ping')).headers.get('connection')).toBe('close')
    expect((await createTestService().get('/ping')).headers.get('connection')).toBeNull()
  })

  test('still answers /status', async () => {
    const isDraining = { value: false }
    const service = createTestService({ app: { isDraining: () => isDraining.value } })
    const { json } = await service.post('/runsync', { input: REQUEST })
    isDraining.value = true
    expect((await service.get(`/status/${idOf(json)}`)).status).toBe(200)
  })
})

test('a full job store refuses with 429 and names what is full', async () => {
  const { behaviour } = holding()
  const { post } = createTestService({ behaviour, store: { maxJobs: 1 } })
  await post('/run', { input: REQUEST })
  expect(await post('/run', { input: REQUEST })).toMatchObject({
    status: 429,
    code: 'QUEUE_FULL',
    json: { error: expect.stringMatching(/^QUEUE_FULL: /) },
  })
})

test('a job leaves one line when it is accepted and one when it ends, a waited-for one a single line', async () => {
  const service = createTestService({ behaviour: () => returned('1') })
  const { json } = await service.post('/run', { input: REQUEST })
  await finishedJob(service, idOf(json))
  await service.post('/runsync', { input: REQUEST })
  const lines = service.records
    .filter(({ route }) => !route.includes('status'))
    .map((line) => [line.event, line.route, line.jobStatus])
  expect(lines).toEqual([
    ['answered', '/run', 'IN_QUEUE'],
    ['finished', '/run', 'COMPLETED'],
    ['answered', '/runsync', 'COMPLETED'],
  ])
})
