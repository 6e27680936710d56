// /execute for a client that takes a stream, over a fake executor: what asks for one, how it ends, what it holds meanwhile.
import { describe, expect, test } from 'vitest'
import type { ExecuteOptions } from '../../src/core/executor.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import type { Failure } from '../../src/errors.ts'
import { failed, neverRan, returned } from '../support/fake-executor.ts'
import type { Behaviour } from '../support/fake-executor.ts'
import { createTestService } from '../support/test-service.ts'
import type { TestService } from '../support/test-service.ts'

const REQUEST = { function_name: 'f', function_code: 'f', serialization_format: 'json' }
const LARGE = JSON.stringify('x'.repeat(70_000))

async function post(service: TestService, accept: string, fields: object = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept }
  return service.app.request('/execute', { method: 'POST', headers, body: JSON.stringify({ ...REQUEST, ...fields }) })
}

/** Gives these chunks one after the other, each when there is room, and ends so. */
function giving(chunks: readonly string[], end: { value?: string; failure?: Failure } = {}): Behaviour {
  return async (_task, { onEvent, signal }: ExecuteOptions): Promise<Outcome> => {
    for (const value of chunks) {
      // oxlint-disable-next-line no-await-in-loop -- one chunk after the other is the point
      await onEvent?.({ type: 'chunk', value })
      if (signal.aborted) return failed({ code: 'CANCELLED', message: 'The caller went away.' }, 'out')
    }
    if (end.failure !== undefined) return failed(end.failure, 'out')
    return { ...returned(end.value ?? '', 'out'), ok: true, value: end.value ?? '', chunks: chunks.length }
  }
}

const END = '"error":null,"stdout":"out","instance_id":null,"instance_info":null}'
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a client that takes a stream', () => {
  test('gets events, the last of which is the rest of the FunctionResponse', async () => {
    const service = createTestService({ behaviour: giving(['1', '{"two":2}']) })
    const response = await post(service, 'text/event-stream')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    expect(await response.text()).toBe(
      `data: 1\n\ndata: {"two":2}\n\nevent: end\ndata: {"success":true,"result":null,"json_result":null,${END}\n\n`,
    )
    await turn()
    expect(service.records).toMatchObject([{ status: 200, code: null, mode: 'live', usage: { wallMs: 2 } }])
    expect(service.buffers.usedBytes).toBe(0)
  })

  test('gets lines, the last of which is the end', async () => {
    const response = await post(createTestService({ behaviour: giving(['1']) }), 'application/x-ndjson')
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    expect(await response.text()).toBe(`1\n{"end":{"success":true,"result":null,"json_result":null,${END}}\n`)
  })

  test('has the list of the chunks at the end when it asks for it', async () => {
    const service = createTestService({ behaviour: giving(['1', '2'], { value: '[1,2]' }) })
    const response = await post(service, 'application/x-ndjson', { return_aggregate_stream: true })
    expect(await response.text()).toBe(`1\n2\n{"end":{"success":true,"result":null,"json_result":[1,2],${END}}\n`)
    expect(service.executor.onlyTask.invocation).toMatchObject({ mayStream: true, isStreamAggregated: true })
  })

  test('gets the end alone of a stream without chunks', async () => {
    const response = await post(createTestService({ behaviour: giving([]) }), 'text/event-stream')
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(await response.text()).toBe(`event: end\ndata: {"success":true,"result":null,"json_result":null,${END}\n\n`)
  })

  test('gets the answer of everybody else when the function gives no chunks', async () => {
    const service = createTestService({ behaviour: () => returned('[1]', 'out') })
    const response = await post(service, 'text/event-stream')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toBe(`{"success":true,"result":null,"json_result":[1],${END}`)
    expect(service.buffers.usedBytes).toBe(0)
  })

  test.for([
    ['before the first chunk', failed({ code: 'GUEST_THREW', message: 'broken' }), 200, 'GUEST_THREW'],
    ['because it was not accepted', neverRan('QUEUE_FULL', 'full'), 429, 'QUEUE_FULL'],
  ] as const)('gets the answer of everybody else when the task fails %s', async ([, outcome, status, code]) => {
    const response = await post(createTestService({ behaviour: () => outcome }), 'text/event-stream')
    expect([response.status, response.headers.get('x-error-code')]).toEqual([status, code])
    expect(await response.json()).toMatchObject({ success: false })
  })
})

describe('a stream that fails behind a chunk', () => {
  test('says so as routes do, and then in the FunctionResponse', async () => {
    const failure = { code: 'GUEST_THREW', message: 'broken', stack: 'Error: broken\n    at f' } as const
    const service = createTestService({ behaviour: giving(['1'], { failure }) })
    const lines = (await (await post(service, 'application/x-ndjson')).text()).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      1,
      {
        error: {
          code: 'GUEST_THREW',
          message: 'Internal Server Error',
          blame: 'guest',
          retryable: false,
          limit: null,
          used: null,
        },
      },
      { end: expect.objectContaining({ success: false, error: 'broken\nError: broken\n    at f', stdout: 'out' }) },
    ])
    await turn()
    expect(service.records).toMatchObject([{ status: 200, code: 'GUEST_THREW' }])
  })

  test('because there is no room says that, also when the code went on to its end', async () => {
    const behaviour: Behaviour = async (_task, { onEvent }) => {
      for (const value of ['1', LARGE]) void onEvent?.({ type: 'chunk', value })
      return { ...returned(''), ok: true, value: '', chunks: 2 }
    }
    const service = createTestService({ behaviour, bufferedBytes: 1_000 })
    const text = await (await post(service, 'text/event-stream')).text()
    expect(text).toMatch(
      /^data: 1\n\nevent: error\ndata: \{"error":\{"code":"BUFFERS_FULL".*\n\nevent: end\ndata: \{"success":false/,
    )
    await turn()
    expect([service.records, service.buffers.usedBytes]).toMatchObject([[{ code: 'BUFFERS_FULL' }], 0])
  })

  test('because there is no room for its list says that in its place', async () => {
    const behaviour = giving(['1'], { value: `[${LARGE}]` })
    const service = createTestService({ behaviour, bufferedBytes: 1_000 })
    const text = await (await post(service, 'text/event-stream', { return_aggregate_stream: true })).text()
    expect(text).toMatch(/^data: 1\n\nevent: error\ndata: \{"error":\{"code":"BUFFERS_FULL".*\n\n$/)
    await turn()
    expect([service.records, service.buffers.usedBytes]).toMatchObject([[{ code: 'BUFFERS_FULL' }], 0])
  })
})

test('a client that asks for no stream gets a list, and the task may not stream', async () => {
  const service = createTestService({ behaviour: () => returned('[1,2]') })
  expect(await (await post(service, '*/*')).json()).toMatchObject({ json_result: [1, 2] })
  expect(service.executor.onlyTask.invocation.mayStream).toBeUndefined()
})
