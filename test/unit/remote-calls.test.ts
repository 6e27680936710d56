// The front's account of remote calls: what it takes from an executor, what it passes on, and when it gives up.
import { describe, expect, test } from 'vitest'
import { REMOTE_ASKED_MAX, REMOTE_PENDING_MAX } from '../../src/core/remote-call.ts'
import type { RemoteAnswer, RemoteCall } from '../../src/core/remote-call.ts'
import type { Task } from '../../src/core/task.ts'
import { FrameReader } from '../../src/ipc/frame.ts'
import { RemoteCalls } from '../../src/pool/remote-calls.ts'
import { deploymentOfModule } from '../support/deployed-parts.ts'

const LIMITS = { wallMs: 1_000, cpuMs: 500, memoryMb: 64, inputBytes: 1_000, outputBytes: 500, logBytes: 100 }
const MODULE = { name: 'm', kind: 'script', code: '', hash: 'abc', fileName: 'm.js' } as const
const DEPLOYMENT = deploymentOfModule(MODULE)
const TASK: Task = {
  id: 'a',
  tenant: 'default',
  limits: LIMITS,
  invocation: {
    kind: 'function',
    source: {
      mode: 'flash',
      deployment: 'default@1',
      module: MODULE,
      maxConcurrency: 1,
      origin: { deployment: DEPLOYMENT, resource: 'own' },
    },
    name: 'f',
    input: { format: 'json', text: '{"args":[],"kwargs":{}}' },
  },
}

const DONE: RemoteAnswer = { ok: true, shape: 'plain', text: '1' }

function start(answer: (call: RemoteCall) => Promise<RemoteAnswer> = () => new Promise(() => undefined)) {
  const asked: RemoteCall[] = []
  const sent: unknown[] = []
  const reader = new FrameReader(() => 1_000_000)
  let nowMs = 0
  const call = async (one: RemoteCall): Promise<RemoteAnswer> => {
    asked.push(one)
    return answer(one)
  }
  const calls = new RemoteCalls({
    bounds: { call, callsMax: 40, bytesMax: 2_000 },
    send: (frame) => {
      for (const { header, parts } of reader.push(frame)) {
        const { requestId, shape } = header as { requestId: number; shape: string }
        sent.push([requestId, shape, parts[0]])
      }
    },
    now: () => nowMs,
  })
  const ask = (requestId: number, text = '{}', task = TASK): void =>
    calls.receive({ type: 'remoteCall', taskId: task.id, requestId, name: 'g' }, [text], { task, startedAt: 0 })
  return { calls, asked, sent, ask, pass: (ms: number) => (nowMs += ms) }
}

const settle = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a remote call', () => {
  test('is passed on with what its task may still have, and its answer goes back', async () => {
    const { ask, asked, sent, pass } = start(async () => DONE)
    pass(300)
    ask(1, '{"x":1}')
    await settle()
    expect(asked).toMatchObject([
      { name: 'g', argumentsText: '{"x":1}', deadlineMs: 700, answerBytes: 1_000, origin: { resource: 'own' } },
    ])
    expect(sent).toEqual([[1, 'plain', '1']])
  })

  test('that fails goes back as a code and a sentence', async () => {
    const { ask, sent } = start(async () => ({ ok: false, failure: { code: 'EGRESS_FAILED', message: 'No.' } }))
    ask(1)
    await settle()
    expect(sent).toEqual([[1, 'failure', '["EGRESS_FAILED","No."]']])
  })

  test('is given up with its task, and nothing is sent then', async () => {
    const { calls, ask, asked, sent } = start(({ signal }) => {
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(DONE)))
    })
    ask(1)
    calls.end('a')
    await settle()
    expect(asked[0]?.signal.aborted).toBe(true)
    expect(sent).toEqual([])
  })

  test('of a task that is told to stop is not begun', async () => {
    const { calls, ask, asked } = start()
    ask(1)
    calls.cancel('a')
    ask(2)
    await settle()
    expect(asked).toHaveLength(1)
    expect(asked[0]?.signal.aborted).toBe(true)
  })

  test('beyond the number that a task may make is refused with that number', async () => {
    const { ask, sent, asked } = start(async () => DONE)
    for (let id = 1; id <= 41; id++) {
      ask(id)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await settle()
    }
    expect(asked).toHaveLength(40)
    expect(sent.at(-1)).toEqual([41, 'failure', expect.stringContaining('the limit is 40')])
  })

  test('counts the bytes of arguments and answers of one task together', async () => {
    const { ask, sent } = start(async ({ takeBytes }) =>
      takeBytes(900) ? DONE : { ok: false, failure: { code: 'LIMIT_EGRESS', message: 'full' } },
    )
    for (const id of [1, 2, 3]) ask(id, `{"x":"${'y'.repeat(100)}"}`)
    await settle()
    expect(sent.map((one) => (one as string[])[1])).toEqual(['plain', 'failure', 'failure'])
  })
})

describe('an executor breaks the contract', () => {
  test('with a number that is not above the last', () => {
    const { ask } = start()
    ask(2)
    expect(() => ask(2)).toThrow('the number of another')
    expect(() => ask(1)).toThrow('the number of another')
  })

  test('with more calls in progress than an executor lets one task have', () => {
    const { ask } = start()
    for (let id = 1; id <= REMOTE_PENDING_MAX; id++) ask(id)
    expect(() => ask(REMOTE_PENDING_MAX + 1)).toThrow('too many remote calls at once')
  })

  test('with calls without end, answered though they are', async () => {
    const { ask } = start(async () => DONE)
    for (let id = 1; id <= REMOTE_ASKED_MAX; id++) {
      ask(id)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await settle()
    }
    expect(() => ask(REMOTE_ASKED_MAX + 1)).toThrow('too many remote calls')
  })

  test('with arguments that no task may send', () => {
    const { ask } = start()
    expect(() => ask(1, 'x'.repeat(501))).toThrow('too long')
  })

  test('with a call of code that came with its request', () => {
    const { ask } = start()
    const source = { mode: 'live', language: 'javascript', code: '' } as const
    expect(() => ask(1, '{}', { ...TASK, invocation: { ...TASK.invocation, source } })).toThrow('that has none')
  })
})

test('a service without other resources says so', async () => {
  const sent: string[] = []
  const calls = new RemoteCalls({ bounds: undefined, send: (frame) => sent.push(frame.toString()), now: () => 0 })
  calls.receive({ type: 'remoteCall', taskId: 'a', requestId: 1, name: 'g' }, ['{}'], { task: TASK, startedAt: 0 })
  await settle()
  expect(sent[0]).toContain('lets no code call other resources')
})
