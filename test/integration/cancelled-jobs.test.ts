// Jobs that are cancelled while their code runs, in real executors.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServiceProcess, waitFor } from '../support/service-process.ts'

/** Of the answer that the next job gets: the isolate of the cancelled one is gone by then, and its executor free or replaced. */
const FREE_MS = 1_500
const ANSWER_MS = 500

let service: ServiceProcess
beforeAll(async () => {
  service = await ServiceProcess.start({ env: { EXECUTORS_MIN: '1', EXECUTORS_MAX: '1' } })
})
afterAll(async () => service[Symbol.asyncDispose]())

const job = (code: string): string =>
  JSON.stringify({ input: { function_name: 'run', function_code: code, serialization_format: 'json' } })

async function post(
  path: string,
  body = '',
): Promise<{ readonly id: string; readonly status: string; readonly ms: number }> {
  const { text, durationMs } = await service.client.send('POST', path, body)
  return { ...(JSON.parse(text) as { id: string; status: string }), ms: durationMs }
}

describe('a job that is cancelled', () => {
  test.each([
    ['loops', 'function run() { for (;;); }'],
    ['waits', 'const run = () => new Promise(() => {})'],
    ['queues microtasks without end', 'async function run() { for (;;) await 0 }'],
    ['stays in a built-in function', 'const run = () => [].includes.call({ length: 2 ** 53 - 1 }, 1)'],
  ])('while its code %s has ended, and makes room for the next', async (_, code) => {
    const { id } = await post('/run', job(code))
    await waitFor(async () => (await post(`/status/${id}`)).status === 'IN_PROGRESS', 5_000, 'it does not start')
    const cancelled = await post(`/cancel/${id}`)
    expect(cancelled).toMatchObject({ id, status: 'CANCELLED' })
    expect(cancelled.ms).toBeLessThan(ANSWER_MS)
    const next = await post('/runsync', job('const run = () => 1'))
    expect(next.status).toBe('COMPLETED')
    expect(next.ms).toBeLessThan(FREE_MS)
    expect((await post(`/status/${id}`)).status).toBe('CANCELLED')
  })
})
