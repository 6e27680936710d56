// RunPod's own JavaScript client, unmodified, against the service.
import runpodSdk from 'runpod-sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServiceProcess } from '../support/service-process.ts'

const KEY = 'the-key-of-the-client'

let service: ServiceProcess
beforeAll(async () => {
  service = await ServiceProcess.start({ env: { API_KEY: KEY, EXECUTORS_MIN: '1', EXECUTORS_MAX: '1' } })
})
afterAll(async () => service[Symbol.asyncDispose]())

const endpoint = (key = KEY) => {
  const client = runpodSdk(key, { baseUrl: `${service.url}/v2` }).endpoint('any-endpoint')
  if (client === null) throw new Error('the client has no endpoint')
  return client
}
const request = (code: string, args: readonly unknown[] = []) => ({
  input: { function_name: 'run', function_code: code, serialization_format: 'json', args },
})
const ADD = 'const run = (a, b) => a + b'
const FOR_EVER = 'const run = () => new Promise(() => {})'

describe('the client runpod-sdk', () => {
  test('runs a job and waits for it', async () => {
    const done = await endpoint().runSync(request(ADD, [20, 22]))
    expect(done).toMatchObject({
      id: expect.stringMatching(/^sync-.*-u1$/u),
      status: 'COMPLETED',
      started: true,
      completed: true,
      succeeded: true,
      output: { success: true, json_result: 42 },
      delayTime: expect.any(Number),
      executionTime: expect.any(Number),
    })
  })

  test('waits on where one request for it would not be enough', async () => {
    const slow = 'const run = () => new Promise((done) => setTimeout(done, 1_400, "slow"))'
    // It asks /runsync for a second, and then /status-sync until the end.
    const done = await endpoint().runSync(request(slow), 1_000)
    expect(done).toMatchObject({ status: 'COMPLETED', output: { json_result: 'slow' } })
  })

  test('starts a job, asks for it, and finds its result', async () => {
    const { id, status } = await endpoint().run(request(ADD, [1, 2]))
    expect([typeof id, status]).toEqual(['string', 'IN_QUEUE'])
    await expect.poll(async () => (await endpoint().status(id)).status).toBe('COMPLETED')
    expect(await endpoint().status(id)).toMatchObject({ id, completed: true, output: { json_result: 3 } })
    expect(await endpoint().statusSync(id)).toMatchObject({ id, status: 'COMPLETED' })
  })

  test('hears why a job failed', async () => {
    const done = await endpoint().runSync(request('function run() { throw new TypeError("no") }'))
    expect(done).toMatchObject({ status: 'FAILED', succeeded: false, error: expect.stringContaining('TypeError: no') })
  })

  test('cancels a job that runs, and takes others out of the queue', async () => {
    const running = await endpoint().run(request(FOR_EVER))
    await expect.poll(async () => (await endpoint().status(running.id)).status).toBe('IN_PROGRESS')
    const waiting = [await endpoint().run(request(FOR_EVER)), await endpoint().run(request(FOR_EVER))]
    expect(await endpoint().purgeQueue()).toMatchObject({ removed: 2, status: 'completed' })
    expect(await endpoint().cancel(running.id)).toMatchObject({ id: running.id, status: 'CANCELLED' })
    for (const { id } of [running, ...waiting]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await endpoint().status(id)).toMatchObject({ status: 'CANCELLED', completed: true })
    }
  })

  test('streams what a generator gives, each chunk once, and ends', async () => {
    const code = `async function* run(count) {
      for (let index = 0; index < count; index++) { await new Promise((done) => setTimeout(done, 20)); yield { index } }
    }`
    const { id } = await endpoint().run(request(code, [10]))
    const chunks: unknown[] = []
    for await (const { output } of endpoint().stream(id)) chunks.push(output)
    expect(chunks).toEqual(Array.from({ length: 10 }, (_, index) => ({ index })))
    expect(await endpoint().status(id)).toMatchObject({
      status: 'COMPLETED',
      output: { success: true, json_result: null },
    })
  })

  test('reads the health of the endpoint', async () => {
    const { jobs, workers } = await endpoint().health()
    expect(Object.keys(jobs).toSorted()).toEqual(['completed', 'failed', 'inProgress', 'inQueue', 'retried'])
    expect(Object.keys(workers).toSorted()).toEqual([
      'idle',
      'initializing',
      'ready',
      'running',
      'throttled',
      'unhealthy',
    ])
  })

  test('throws with the status where the service refuses', async () => {
    await expect(endpoint('wrong').health()).rejects.toThrow(/401/u)
    await expect(endpoint().status('none')).rejects.toThrow(/404/u)
    await expect(endpoint().run({ input: undefined })).rejects.toThrow(/422/u)
  })
})
