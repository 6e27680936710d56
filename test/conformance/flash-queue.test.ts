// The queue handlers of deployed functions: the transcript of upstream's (data/deployed-qb-handlers.txt), and what is around it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DeployedService } from '../support/deployed-service.ts'
import type { Artifact, DeployedEntry } from '../support/deployed-service.ts'

const MODEL = `export class Model {
  n = 0
  predict(x) { this.n += 1; return { x, n: this.n } }
  reset() { this.n = 0; return { ok: true } }
}`
const PREPROCESS = `export async function preprocess(data) {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, String(value).trim()]))
}`

const oneOf = (file: string, source: string, entry: Omit<DeployedEntry, 'module'>): Artifact => ({
  files: { [file]: source },
  resources: { only: { functions: [{ ...entry, module: file.replace(/\.\w+$/u, '') }] } },
})

const start = async (artifact: Artifact, env: Readonly<Record<string, string>> = {}): Promise<DeployedService> =>
  DeployedService.start(artifact, { EXECUTORS_PER_DEPLOYMENT: '1', ...env })

describe('a class', () => {
  let deployed: DeployedService
  beforeAll(async () => {
    deployed = await start(
      oneOf('model_worker.js', MODEL, { name: 'Model', is_class: true, class_methods: ['predict', 'reset'] }),
    )
  })
  afterAll(() => deployed[Symbol.asyncDispose]())

  test('answers each line of the transcript as upstream did', async () => {
    const lines: readonly (readonly [object, object])[] = [
      [
        { method: 'predict', x: 4 },
        { status: 'COMPLETED', output: { x: 4, n: 1 } },
      ],
      [
        { method: 'predict', x: 5 },
        { status: 'COMPLETED', output: { x: 5, n: 2 } },
      ],
      [
        { x: 4 },
        {
          status: 'FAILED',
          error: 'class Model has multiple methods: predict, reset. include a "method" key in the input.',
        },
      ],
      [{ method: 'zz' }, { status: 'FAILED', error: "unknown method 'zz' on Model. available: predict, reset" }],
      [
        { method: 'reset', __empty: true },
        { status: 'COMPLETED', output: { ok: true } },
      ],
      [
        { method: 'predict' },
        { status: 'FAILED', error: "Model.predict() missing 1 required positional argument: 'x'" },
      ],
    ]
    for (const [input, expected] of lines) {
      // oxlint-disable-next-line no-await-in-loop -- the lines depend on each other
      expect(await deployed.runsync(input)).toMatchObject(expected)
    }
  })

  test('a method that is no text chooses nothing', async () => {
    expect(await deployed.runsync({ method: 5 })).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('include a "method" key') as unknown,
    })
  })

  test('a method that the class inherits from Object is not available', async () => {
    expect(await deployed.runsync({ method: 'constructor' })).toMatchObject({
      error: "unknown method 'constructor' on Model. available: predict, reset",
    })
  })
})

test('a class with one method needs no method in the input, and drops one that is there', async () => {
  const source = 'export class One { seen = 0; go(x = null) { return [x, ++this.seen] } }'
  await using deployed = await start(oneOf('one.js', source, { name: 'One', is_class: true, class_methods: ['go'] }))
  expect(await deployed.runsync({ x: 1 })).toMatchObject({ output: [1, 1] })
  expect(await deployed.runsync({ method: 'other', x: 2 })).toMatchObject({ output: [2, 2] })
})

test('an instance whose constructor throws is made anew by the next call', async () => {
  const source = `let made = 0
    export class Late { constructor() { if (++made === 1) throw new Error('not yet') } go() { return made } }`
  await using deployed = await start(oneOf('late.js', source, { name: 'Late', is_class: true, class_methods: ['go'] }))
  expect(await deployed.runsync({ __empty: true })).toMatchObject({ status: 'FAILED', error: 'not yet' })
  expect(await deployed.runsync({ __empty: true })).toMatchObject({ status: 'COMPLETED', output: 2 })
})

test('a FunctionRequest for a class has an instance of its own, not the one of the queue', async () => {
  await using deployed = await start(
    oneOf('model_worker.js', MODEL, { name: 'Model', is_class: true, class_methods: ['predict', 'reset'] }),
  )
  expect(await deployed.runsync({ method: 'predict', x: 1 })).toMatchObject({ output: { n: 1 } })
  expect(await deployed.callClass('Model', { method: 'predict', args: [1] })).toMatchObject({ value: { x: 1, n: 1 } })
  expect(await deployed.runsync({ method: 'predict', x: 1 })).toMatchObject({ output: { n: 2 } })
})

describe('a function', () => {
  let deployed: DeployedService
  beforeAll(async () => {
    deployed = await start(oneOf('cpu_worker.js', PREPROCESS, { name: 'preprocess' }))
  })
  afterAll(() => deployed[Symbol.asyncDispose]())

  test.for([
    [{ data: { a: ' x ' } }, { status: 'COMPLETED', output: { a: 'x' } }],
    [{}, { status: 'FAILED', error: "preprocess() missing 1 required positional argument: 'data'" }],
    [
      { data: { a: 1 }, bogus: 2 },
      { status: 'FAILED', error: "preprocess() got an unexpected keyword argument 'bogus'" },
    ],
    [{ data: { a: 1 } }, { status: 'COMPLETED', output: { a: '1' } }],
  ] as const)('answers the input %j as upstream did', async ([input, expected]) => {
    expect(await deployed.runsync(input)).toMatchObject(expected)
  })

  test('the key __empty is no argument', async () => {
    expect(await deployed.runsync({ data: {}, __empty: true })).toMatchObject({ status: 'COMPLETED', output: {} })
    expect(await deployed.runsync({ __empty: true })).toMatchObject({
      error: "preprocess() missing 1 required positional argument: 'data'",
    })
  })

  test('a failed job keeps success and traceback in its output', async () => {
    const job = await deployed.runsync({ data: null })
    expect(job).toMatchObject({ status: 'FAILED', output: { success: false } })
    expect(job.error).toMatch(/null/u)
    expect(job.output).toHaveProperty('traceback', expect.stringContaining('cpu_worker.js'))
  })

  test.for([
    ['a list', []],
    ['a text', 'x'],
    ['a number', 5],
  ] as const)('%s as input is refused before anything runs', async ([, input]) => {
    const { status, headers } = await deployed.service.client.send('POST', '/runsync', JSON.stringify({ input }))
    expect(status).toBe(422)
    expect(headers['x-error-code']).toBe('REQUEST_INVALID')
  })

  test('a job that is submitted and asked for later ends the same way', async () => {
    const { client } = deployed.service
    const { text } = await client.send('POST', '/run', JSON.stringify({ input: { data: { a: ' y' } } }))
    const { id, status } = JSON.parse(text) as { id: string; status: string }
    expect(status).toBe('IN_QUEUE')
    await expect
      .poll(async () => JSON.parse((await client.get(`/status/${id}`)).text) as object, { timeout: 5_000 })
      .toMatchObject({ id, status: 'COMPLETED', output: { a: 'y' } })
  })

  test('the root is the endpoint default, and any other id is not found', async () => {
    const { client } = deployed.service
    const body = JSON.stringify({ input: { data: { a: 1 } } })
    expect((await client.send('POST', '/v2/default/runsync', body)).status).toBe(200)
    expect((await client.send('POST', '/v2/other/runsync', body)).status).toBe(404)
    expect((await client.send('POST', '/v2/other/run', body)).status).toBe(404)
  })

  test.for(['/runsync', '/v2/default/runsync'])('code that comes with a job runs at %s all the same', async (path) => {
    const input = {
      function_name: 'f',
      function_code: 'const f = (x) => x + 1',
      args: [1],
      serialization_format: 'json',
    }
    expect(await deployed.runsync(input, path)).toMatchObject({
      status: 'COMPLETED',
      output: { success: true, json_result: 2 },
    })
  })

  test('code that comes with /execute runs where nothing is load-balanced', async () => {
    const live = { source: 'const run = () => 7' }
    expect(await deployed.service.client.execute(live)).toMatchObject({ value: 7, code: null })
  })

  test('a FunctionRequest without code over the queue has the FunctionResponse of a worker', async () => {
    const input = { function_name: 'preprocess', args: [{ a: ' z ' }], serialization_format: 'json' }
    expect(await deployed.runsync(input)).toMatchObject({
      status: 'COMPLETED',
      output: { success: true, json_result: { a: 'z' } },
    })
  })
})

test('a parameter that is optional in the manifest may be absent, although the code has no default for it', async () => {
  const parameters = [{ name: 'days' }, { name: 'title', required: false }]
  const source = 'export const report = (days, title) => [days, title ?? "untitled"]'
  await using deployed = await start(oneOf('m.js', source, { name: 'report', parameters }))
  expect(await deployed.runsync({ days: 7 })).toMatchObject({ output: [7, 'untitled'] })
  expect(await deployed.runsync({ days: 7, title: 'x' })).toMatchObject({ output: [7, 'x'] })
  expect(await deployed.runsync({ title: 'x' })).toMatchObject({
    error: "report() missing 1 required positional argument: 'days'",
  })
})

describe('a result', () => {
  const AS_IT_IS = [
    ['null', 'null', null],
    ['false', 'false', false],
    ['a list', '[1, "a"]', [1, 'a']],
    ['undefined', 'undefined', null],
  ] as const
  const ENDINGS = [
    ['{ error: "no", left: 1 }', { status: 'FAILED', error: 'no', output: { left: 1 }, code: 'GUEST_THREW' }],
    ['{ error: "no" }', { status: 'FAILED', error: 'no', output: undefined }],
    ['{ error: { why: 1 } }', { status: 'FAILED', error: '{"why":1}' }],
    ['{ error: "LIMIT_CPU: forged" }', { status: 'FAILED', error: 'Error: LIMIT_CPU: forged', code: 'GUEST_THREW' }],
    ['{ error: null, a: 1 }', { status: 'COMPLETED', error: undefined, output: { a: 1 }, code: null }],
    ['{ refresh_worker: true, a: 1 }', { status: 'COMPLETED', output: { a: 1 } }],
    ['{ a: { error: "deep" } }', { status: 'COMPLETED', output: { a: { error: 'deep' } } }],
    ['["error", "x"]', { status: 'COMPLETED', output: ['error', 'x'] }],
  ] as const
  const expressions = [...AS_IT_IS.map(([, expression]) => expression), ...ENDINGS.map(([expression]) => expression)]
  const which = (expression: string): number => expressions.findIndex((one) => one === expression)

  let deployed: DeployedService
  beforeAll(async () => {
    const results = expressions.map((expression) => `() => (${expression})`).join(', ')
    deployed = await start(oneOf('m.js', `export const f = (which) => [${results}][which]()`, { name: 'f' }))
  })
  afterAll(() => deployed[Symbol.asyncDispose]())

  test.for(AS_IT_IS)('that is %s is the output as it is', async ([, expression, output]) => {
    expect(await deployed.runsync({ which: which(expression) })).toMatchObject({ status: 'COMPLETED', output })
  })

  test.for(ENDINGS)('%s ends the job as the platform would end it', async ([expression, expected]) => {
    const kwargs = { which: which(expression) }
    expect(await deployed.runsync(kwargs)).toMatchObject(expected)
    const named = await deployed.runsync({ function_name: 'f', kwargs, serialization_format: 'json' })
    expect(named).toMatchObject({ status: 'COMPLETED', output: { success: true } })
  })

  test('that begins like a failure of the service is told apart from one', async () => {
    const source = 'export const f = () => { throw new Error("LIMIT_CPU: forged") }'
    await using forging = await start(oneOf('m.js', source, { name: 'f' }))
    const job = await forging.runsync({ __empty: true })
    expect(job).toMatchObject({ status: 'FAILED', error: 'Error: LIMIT_CPU: forged' })
  })
})

test('with several queue resources a plain input names nothing, unless the worker is one of them', async () => {
  const artifact: Artifact = {
    files: { 'a.js': 'export const f = () => "a"', 'b.js': 'export const g = () => "b"' },
    resources: { a: { functions: [{ name: 'f', module: 'a' }] }, b: { functions: [{ name: 'g', module: 'b' }] } },
  }
  await using both = await start(artifact)
  expect(await both.runsync({ __empty: true })).toMatchObject({ status: 'FAILED' })
  await using second = await start(artifact, { FLASH_RESOURCE_NAME: 'b' })
  expect(await second.runsync({ __empty: true })).toMatchObject({ status: 'COMPLETED', output: 'b' })
})

test('a worker that is one of the resources has nothing of the others', async () => {
  const route = (path: string) => ({ http_method: 'GET', http_path: path }) as const
  const artifact: Artifact = {
    files: { 'a.js': 'export const f = () => "a"', 'b.js': 'export const g = () => "b"; export const h = g' },
    resources: {
      a: { is_load_balanced: true, functions: [{ name: 'f', module: 'a', ...route('/same') }] },
      b: {
        is_load_balanced: true,
        functions: [
          { name: 'g', module: 'b', ...route('/same') },
          { name: 'h', module: 'b', ...route('/own') },
        ],
      },
      queue: { functions: [{ name: 'q', module: 'a' }] },
    },
  }
  await using deployed = await start(artifact, { FLASH_RESOURCE_NAME: 'b' })
  const { client } = deployed.service
  expect(await client.send('GET', '/same')).toMatchObject({ status: 200, text: '"b"' })
  expect(await client.send('GET', '/own')).toMatchObject({ status: 200, text: '"b"' })
  for (const name of ['f', 'q']) {
    // oxlint-disable-next-line no-await-in-loop -- two calls
    const answer = await deployed.call(name)
    expect(answer).toMatchObject({ code: 'ENTRY_NOT_FOUND', success: false })
    expect(answer.error).toMatch(/is in resource '(?:a|queue)'; this worker serves 'b' only\.$/u)
  }
})

describe('/execute beside a load-balanced resource', () => {
  const artifact: Artifact = {
    files: { 'web.js': 'export const home = () => "home"' },
    resources: {
      web: {
        is_load_balanced: true,
        functions: [{ name: 'home', module: 'web', http_method: 'GET', http_path: '/home' }],
      },
    },
  }
  const live = { source: 'const run = () => 7' }

  test('runs no code that comes with the request', async () => {
    await using deployed = await start(artifact)
    expect(await deployed.service.client.execute(live)).toMatchObject({ code: 'LIVE_DISABLED', success: false })
    expect(await deployed.call('home')).toMatchObject({ value: 'home' })
  })

  test('runs it where the operator wants that', async () => {
    await using deployed = await start(artifact, { EXECUTE_LIVE: 'true' })
    expect(await deployed.service.client.execute(live)).toMatchObject({ code: null, value: 7 })
  })
})
