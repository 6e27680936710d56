// The conversations of RunPod's Python clients with the service: the requests that they make, in their order and with their
// headers, and what they insist on in the answers (protocol.md §10.2, §10.3). The pauses between their polls are shorter here.
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServiceProcess } from '../support/service-process.ts'

const KEY = 'the-key-of-the-client'
const PAUSE_MS = 20
const POLLS_MAX = 500

let service: ServiceProcess
beforeAll(async () => {
  service = await ServiceProcess.start({ env: { API_KEY: KEY, EXECUTORS_MIN: '1', EXECUTORS_MAX: '2' } })
})
afterAll(async () => service[Symbol.asyncDispose]())

interface JobAnswer {
  readonly id: string
  readonly status: string
  readonly output?: unknown
  readonly error?: string
}

/** `runpod.Endpoint` and `runpod.endpoint.Job`. */
class PythonEndpoint {
  readonly #base = `${service.url}/v2/any-endpoint`
  readonly #headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${KEY}`,
    'user-agent': 'RunPod-Python-SDK/1.12.0 (Linux) Language/Python 3.11',
    accept: '*/*',
    'accept-encoding': 'gzip, deflate',
  }

  async request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      headers: this.#headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`)
    return answer.json()
  }

  async run(input: object): Promise<string> {
    const { id } = (await this.request('POST', '/run', { input })) as JobAnswer
    return id
  }

  async state(id: string): Promise<JobAnswer> {
    return (await this.request('GET', `/status/${id}`)) as JobAnswer
  }

  async output(id: string): Promise<JobAnswer> {
    for (let polls = 0; polls < POLLS_MAX; polls++) {
      const state = await this.state(id)
      if (['COMPLETED', 'FAILED', 'TIMED_OUT', 'CANCELLED'].includes(state.status)) return state
      await setTimeout(PAUSE_MS)
    }
    throw new Error('the client would poll on')
  }

  /** Ends at an empty answer with a status that it takes for final; CANCELLED is none of those. */
  async stream(id: string): Promise<readonly unknown[]> {
    const chunks: unknown[] = []
    for (let polls = 0; polls < POLLS_MAX; polls++) {
      await setTimeout(PAUSE_MS)
      const { status, stream } = (await this.request('GET', `/stream/${id}`)) as {
        readonly status: string
        readonly stream: readonly { readonly output: unknown }[]
      }
      if (['COMPLETED', 'FAILED', 'TIMED_OUT'].includes(status) && stream.length === 0) return chunks
      for (const { output } of stream) chunks.push(output)
    }
    throw new Error('the client would poll on')
  }
}

const live = (code: string, rest: object = {}): object => ({
  function_name: 'run',
  function_code: code,
  serialization_format: 'json',
  ...rest,
})
const ADD = 'const run = (a, b) => a + b'
const FOR_EVER = 'const run = () => new Promise(() => {})'

describe('the client of runpod-python', () => {
  test('runs a job and polls for its output', async () => {
    const endpoint = new PythonEndpoint()
    const id = await endpoint.run(live(ADD, { args: [20, 22] }))
    expect(await endpoint.output(id)).toMatchObject({ status: 'COMPLETED', output: { json_result: 42 } })
  })

  test('runs one synchronously', async () => {
    const done = await new PythonEndpoint().request('POST', '/runsync', { input: live(ADD, { args: [1, 2] }) })
    expect(done).toMatchObject({ status: 'COMPLETED', output: { json_result: 3 } })
  })

  test('streams what a generator gives, to the end', async () => {
    const endpoint = new PythonEndpoint()
    const id = await endpoint.run(live('async function* run() { for (let i = 0; i < 5; i++) yield { i } }'))
    expect(await endpoint.stream(id)).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }, { i: 3 }, { i: 4 }])
    expect(await endpoint.state(id)).toMatchObject({ status: 'COMPLETED' })
  })

  test('does not stream for ever when the job is cancelled', async () => {
    const endpoint = new PythonEndpoint()
    const id = await endpoint.run(live('async function* run() { yield 1; await new Promise(() => {}) }'))
    const streaming = endpoint.stream(id)
    await expect.poll(async () => (await endpoint.state(id)).status).toBe('IN_PROGRESS')
    expect(await endpoint.request('POST', `/cancel/${id}`)).toMatchObject({ id, status: 'CANCELLED' })
    expect((await streaming).length).toBeLessThanOrEqual(1)
    expect(await endpoint.state(id)).toMatchObject({ status: 'CANCELLED' })
  })

  test('purges the queue and reads the health', async () => {
    const endpoint = new PythonEndpoint()
    const ids = await Promise.all([1, 2, 3, 4].map(async () => endpoint.run(live(FOR_EVER))))
    await expect
      .poll(async () => (await endpoint.request('GET', '/health')) as object)
      .toMatchObject({ jobs: { inProgress: 2, inQueue: 2 } })
    expect(await endpoint.request('POST', '/purge-queue')).toEqual({ removed: 2, status: 'completed' })
    await Promise.all(ids.map(async (id) => endpoint.request('POST', `/cancel/${id}`)))
    const states = await Promise.all(ids.map(async (id) => endpoint.state(id)))
    expect(states.map(({ status }) => status)).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED', 'CANCELLED'])
  })
})

/** `JobOutput` of the Flash SDK: a finished job without one of these keys is an exception there. */
const JOB_OUTPUT = {
  id: expect.any(String),
  workerId: expect.any(String),
  status: expect.any(String),
  delayTime: expect.any(Number),
  executionTime: expect.any(Number),
}

describe('the queue stub of the Flash SDK', () => {
  /** What version 1.19.0 sends: `model_dump(exclude_none=True)` of its FunctionRequest. */
  const functionRequest = (code: string): object => ({
    function_name: 'run',
    function_code: code,
    args: [],
    kwargs: {},
    modules: {},
    execution_type: 'function',
    constructor_args: [],
    constructor_kwargs: {},
    method_name: '__call__',
    create_new_instance: true,
    accelerate_downloads: true,
    serialization_format: 'cloudpickle',
  })

  test.each([
    ['returns', 'const run = () => 5', 'COMPLETED', { output: { success: true, result: 'gAVLBS4=' } }],
    ['throws', 'function run() { throw new Error("no") }', 'FAILED', { error: expect.stringContaining('no') }],
  ])('finds its mandatory keys at the end of a job whose code %s', async (_, code, status, rest) => {
    const endpoint = new PythonEndpoint()
    const id = await endpoint.run(functionRequest(code))
    for (let polls = 0; polls < POLLS_MAX; polls++) {
      const state = await endpoint.state(id)
      // Beside each status it asks for the metrics, and for the log of the worker where there is one.
      const metrics = (await endpoint.request('GET', '/metrics')) as { readonly workers: object }
      expect(Object.keys(metrics.workers)).toHaveLength(6)
      if (['COMPLETED', 'FAILED', 'CANCELLED'].includes(state.status)) break
      await setTimeout(PAUSE_MS)
    }
    const output = await endpoint.state(id)
    expect(output).toMatchObject({ ...JOB_OUTPUT, status, ...rest })
    expect(Number.isInteger((output as { delayTime?: number }).delayTime)).toBe(true)
  })

  test('posts its request without an envelope when it waits', async () => {
    const done = await new PythonEndpoint().request('POST', '/runsync', functionRequest('const run = () => 5'))
    expect(done).toMatchObject({ ...JOB_OUTPUT, status: 'COMPLETED', output: { success: true, result: 'gAVLBS4=' } })
  })

  test('reads all counters of the health as whole numbers', async () => {
    const { jobs, workers } = (await new PythonEndpoint().request('GET', '/health')) as Record<string, object>
    expect(Object.values({ ...jobs, ...workers }).filter((count) => Number.isInteger(count))).toHaveLength(11)
  })
})

describe("a client of runpod-python's local API", () => {
  test('posts to /run, /status and /stream at the root', async () => {
    const post = async (path: string, body?: object): Promise<unknown> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` }
      const answer = await fetch(`${service.url}${path}`, {
        method: 'POST',
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return answer.json()
    }
    const { id } = (await post('/run', { input: live('function* run() { yield 1; yield 2 }') })) as JobAnswer
    await expect.poll(async () => post(`/status/${id}`)).toMatchObject({ id, status: 'COMPLETED' })
    expect(await post(`/stream/${id}`)).toEqual({
      id,
      status: 'COMPLETED',
      stream: [{ output: 1 }, { output: 2 }],
    })
    expect(await post('/runsync', { input: live('function* run() { yield 1; yield 2 }') })).toMatchObject({
      status: 'COMPLETED',
      output: { json_result: [1, 2] },
    })
  })
})
