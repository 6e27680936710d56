// Streamed answers over a fake executor: what the front does when it is full, when the service fails, and what its log says.
import { describe, expect, test } from 'vitest'
import type { Deployment } from '../../src/core/deployment.ts'
import type { ExecuteOptions } from '../../src/core/executor.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { failed, returned } from '../support/fake-executor.ts'
import type { Behaviour } from '../support/fake-executor.ts'
import { createTestService } from '../support/test-service.ts'
import type { TestService } from '../support/test-service.ts'

const MODULE = { name: 'm', kind: 'script', code: '', hash: 'hash', fileName: 'm.js' } as const
const DEPLOYMENT: Deployment = {
  endpoint: 'default',
  version: '1',
  resources: [
    {
      name: 'web',
      isLoadBalanced: true,
      functions: [
        {
          name: 'f',
          kind: 'function',
          module: 'm',
          resource: 'web',
          methods: [],
          maxConcurrency: 1,
          limits: {},
          route: { method: 'POST', path: '/f' },
          parameters: null,
        },
      ],
    },
  ],
  registry: new Map([['f', 'web']]),
  modules: new Map([['m', MODULE]]),
  servedResource: null,
  resourceUrls: new Map(),
}

function create(behaviour: Behaviour, bufferedBytes = 1_000_000): TestService {
  const app = { findDeployment: () => ({ kind: 'known', deployment: DEPLOYMENT }) as const }
  return createTestService({ behaviour, app, bufferedBytes })
}

/** Gives these chunks one after the other, each when there is room, until its caller cancels. */
async function give(chunks: readonly string[], { onEvent, signal }: ExecuteOptions): Promise<Outcome> {
  for (const value of chunks) {
    if (signal.aborted) return failed({ code: 'CANCELLED', message: 'The caller went away.' })
    // oxlint-disable-next-line no-await-in-loop -- one chunk after the other is the point
    await onEvent?.({ type: 'chunk', value })
  }
  if (signal.aborted) return failed({ code: 'CANCELLED', message: 'The caller went away.' })
  return { ...returned(''), ok: true, value: '', chunks: chunks.length }
}

async function post(service: TestService, accept = ''): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept }
  return service.app.request('/f', { method: 'POST', headers, body: '{"a":1}' })
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a streamed answer', () => {
  test('asks for a task that may stream', async () => {
    const service = create((_task, options) => give(['1'], options))
    await (await post(service)).text()
    expect(service.executor.onlyTask.invocation.mayStream).toBe(true)
  })

  test('is logged once, at its end, and gives back what it held', async () => {
    const service = create((_task, options) => give(['1', '{"two":2}'], options))
    const response = await post(service)
    expect(service.records).toEqual([])
    expect(service.buffers.usedBytes).toBeGreaterThan(0)
    expect(await response.text()).toBe('1\n{"two":2}\n')
    await turn()
    expect(service.records).toMatchObject([
      { status: 200, code: null, mode: 'flash', answerBytes: 12, usage: { wallMs: 2 } },
    ])
    expect(service.buffers.usedBytes).toBe(0)
  })

  test('holds the request for as long as the code may need it', async () => {
    const gate = Promise.withResolvers<void>()
    const service = create(async (_task, options) => {
      await options.onEvent?.({ type: 'chunk', value: '1' })
      await gate.promise
      return { ...returned(''), ok: true, value: '', chunks: 1 }
    })
    const reader = (await post(service)).body?.getReader()
    await reader?.read()
    void reader?.read()
    await turn()
    expect(service.buffers.usedBytes).toBe('{"a":1}'.length)
    gate.resolve()
    await expect.poll(() => service.buffers.usedBytes).toBe(0)
  })

  test('whose reader goes away gives back what it held', async () => {
    const service = create((_task, options) => give(['1', '2', '3'], options))
    const response = await post(service)
    await response.body?.cancel()
    await expect.poll(() => service.buffers.usedBytes).toBe(0)
    await expect.poll(() => service.records.length).toBe(1)
  })
})

describe('a chunk that there is no room for', () => {
  const LARGE = JSON.stringify('x'.repeat(70_000))

  test('stops the code, and is a refusal when it is the first', async () => {
    const service = create((_task, options) => give([LARGE, '1'], options), 1_000)
    const response = await post(service)
    expect([response.status, response.headers.get('x-error-code')]).toEqual([429, 'BUFFERS_FULL'])
    expect(await response.json()).toMatchObject({ error: { code: 'BUFFERS_FULL', retryable: true } })
    expect(service.buffers.usedBytes).toBe(0)
  })

  test('stops the code, and the stream says so behind its chunks', async () => {
    const service = create((_task, options) => give(['1', LARGE, '2'], options), 1_000)
    const response = await post(service, 'text/event-stream')
    expect(response.status).toBe(200)
    expect(await response.text()).toMatch(
      /^data: 1\n\nevent: error\ndata: \{"error":\{"code":"BUFFERS_FULL"[^\n]*\n\n$/,
    )
    await turn()
    expect(service.records).toMatchObject([{ status: 200, code: 'BUFFERS_FULL' }])
    expect(service.buffers.usedBytes).toBe(0)
  })
})

test('a defect of the service behind a chunk ends the stream with an error, and is told', async () => {
  const service = create(async (_task, { onEvent }) => {
    void onEvent?.({ type: 'chunk', value: '1' })
    throw new Error('a defect')
  })
  const response = await post(service)
  expect(await response.text()).toMatch(/^1\n\{"error":\{"code":"INTERNAL"/)
  expect(service.defects).toMatchObject([{ message: 'a defect' }])
})
