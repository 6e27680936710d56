// What an executor may say, and how often: more than that breaks the contract. What a transport does when a handler throws is
// its own test; here it is enough that the runner throws.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Outcome } from '../../src/core/outcome.ts'
import type { Task, TaskEvent } from '../../src/core/task.ts'
import { LOG_SLACK_BYTES, MAX_FAILURE_CHARACTERS } from '../../src/ipc/bounds.ts'
import { CallWeights } from '../../src/pool/call-weights.ts'
import { CodeCaches } from '../../src/pool/code-caches.ts'
import { ExecutorRunner } from '../../src/pool/executor-runner.ts'
import { JsonTurns } from '../../src/pool/json-turns.ts'
import type { RunnerEvent } from '../../src/pool/runner-event.ts'
import { FakeProcess, settledHeader } from '../support/fake-transport.ts'

const LIMITS = { wallMs: 1_000, cpuMs: 500, memoryMb: 64, inputBytes: 1_000, outputBytes: 1_000, logBytes: 100 }
const HEARTBEAT_MS = 100
const HASH = 'abc'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** An executor that is ready and has been given one task. */
function start(mode: 'live' | 'flash' = 'live', more: Partial<Task['invocation']> = {}, isHeard = true) {
  const events: RunnerEvent[] = []
  const outcomes: Outcome[] = []
  const told: TaskEvent[] = []
  let process: FakeProcess | undefined
  const runner = new ExecutorRunner({
    start: (handlers) => (process = new FakeProcess(handlers)),
    startMs: 60_000,
    heartbeatMs: HEARTBEAT_MS,
    onChange: () => undefined,
    onLog: (event) => void events.push(event),
    weights: new CallWeights(),
    turns: new JsonTurns(),
    caches: new CodeCaches({ maxCharacters: 100 }),
    onInstanceEnded: () => undefined,
    now: () => performance.now(),
  })
  process?.ready()
  const module = { name: 'm', kind: 'script', code: '', hash: HASH, fileName: 'm.js' } as const
  const task: Task = {
    id: 'a',
    tenant: 'default',
    limits: LIMITS,
    invocation: {
      kind: 'function',
      source:
        mode === 'live'
          ? { mode, language: 'javascript', code: '' }
          : { mode, deployment: 'd@1', module, maxConcurrency: 1 },
      name: 'f',
      input: { format: 'json', text: '{"args":[],"kwargs":{}}' },
      ...more,
    },
  }
  runner.assign(task)
  runner.run({
    task,
    queueMs: 0,
    settle: (outcome) => void outcomes.push(outcome),
    giveBack: null,
    onEvent: isHeard ? async (event) => void told.push(event) : undefined,
  })
  const { handlers } = process ?? { handlers: undefined }
  const say = (header: object, parts?: readonly string[]): void =>
    handlers?.onFrame({
      header: parts === undefined ? header : { ...header, parts: parts.map(() => ({})) },
      parts: parts ?? [],
    })
  return { runner, process, events, outcomes, told, say }
}

describe('pongs', () => {
  const pong = (sequence: number): object => ({ type: 'pong', sequence })

  test('answer one ping each, for as long as there are pings', () => {
    const { runner, process, say } = start()
    for (let sequence = 1; sequence <= 5; sequence++) {
      runner.beat()
      expect(process?.received.at(-1)).toEqual({ type: 'ping', sequence })
      say(pong(sequence))
      vi.advanceTimersByTime(HEARTBEAT_MS)
    }
    expect(process?.isKilled).toBe(false)
  })

  test('without a ping, twice for one ping, or with another number break the contract', () => {
    const { runner, say } = start()
    expect(() => say(pong(0))).toThrow('a pong without a ping')
    runner.beat()
    expect(() => say(pong(2))).toThrow('a pong without a ping')
    say(pong(1))
    expect(() => say(pong(1))).toThrow('a pong without a ping')
  })
})

describe('what an executor tells by the way', () => {
  test.each([{ type: 'idle' }, { type: 'retired', hash: HASH, reason: 'calls' }])(
    '%o comes a few times for each task at most',
    (header) => {
      const { say } = start('flash')
      for (let index = 0; index < 3; index++) say(header)
      expect(() => say(header)).toThrow('more asides than tasks')
    },
  )

  test('of a module that it was never given breaks the contract', () => {
    const { say } = start('flash')
    expect(() => say({ type: 'retired', hash: 'other', reason: 'calls' })).toThrow('no such module')
  })
})

describe('an answer', () => {
  const failed = (failure: object): object => ({
    ...settledHeader('a'),
    ok: false,
    failure: { code: 'GUEST_THREW', message: '', ...failure },
  })
  const long = 'x'.repeat(MAX_FAILURE_CHARACTERS)

  test('may have a log, a message and a stack as long as an honest executor makes them', () => {
    const { outcomes, say } = start()
    const log = 'é'.repeat((LIMITS.logBytes + LOG_SLACK_BYTES) / 2)
    say(failed({ message: long, stack: long }), [log])
    expect(outcomes).toMatchObject([{ ok: false, stdout: log, failure: { message: long, stack: long } }])
  })

  test.for([
    ['a log', settledHeader('a'), ['x'.repeat(LIMITS.logBytes + LOG_SLACK_BYTES + 1), '1']],
    [
      'a log of few characters and many bytes',
      settledHeader('a'),
      ['é'.repeat(LIMITS.logBytes + LOG_SLACK_BYTES), '1'],
    ],
    ['a message', failed({ message: `${long}x` }), ['']],
    ['a stack', failed({ stack: `${long}x` }), ['']],
    ['a list of parts', settledHeader('a'), ['', '1', '2']],
  ] as const)('with %s that is longer breaks the contract', ([, header, parts]) => {
    const { outcomes, say } = start()
    expect(() => say(header, parts)).toThrow(/^frame: /u)
    expect(outcomes).toEqual([])
  })
})

describe('a stream', () => {
  const ended = (chunks: number): object => ({ ...settledHeader('a'), chunks })
  const chunk = { type: 'chunk', taskId: 'a' }

  test('of a Live task goes out chunk by chunk, and has no value', () => {
    const { say, told, outcomes } = start('live', { mayStream: true })
    say(chunk, ['1'])
    say(chunk, ['[2]'])
    say(ended(2), ['', ''])
    expect(told).toEqual([
      { type: 'chunk', value: '1' },
      { type: 'chunk', value: '[2]' },
    ])
    expect(outcomes).toMatchObject([{ ok: true, value: '', chunks: 2 }])
  })

  test('has the list of its chunks as its value when that is asked for', () => {
    const { say, outcomes } = start('live', { mayStream: true, isStreamAggregated: true })
    say(chunk, ['1'])
    say(ended(1), ['', '[1]'])
    expect(outcomes).toMatchObject([{ ok: true, value: '[1]', chunks: 1 }])
  })

  test.for<[string, Partial<Task['invocation']>, readonly (readonly [object, readonly string[]])[]]>([
    ['chunks that nobody asked for', {}, [[chunk, ['1']]]],
    ['a chunk that is no JSON', { mayStream: true }, [[chunk, ['1,2']]]],
    ['a chunk on two lines', { mayStream: true }, [[chunk, ['[1,\n2]']]]],
    [
      'more chunks than there is room for',
      { mayStream: true },
      Array.from({ length: 5 }, () => [chunk, ['1']] as const),
    ],
    ['another number of chunks', { mayStream: true }, [[ended(1), ['', '']]]],
    ['a value that nobody asked for', { mayStream: true }, [[ended(0), ['', '[]']]]],
    ['no list', { mayStream: true, isStreamAggregated: true }, [[ended(0), ['', '']]]],
    ['a list that is no JSON', { mayStream: true, isStreamAggregated: true }, [[ended(0), ['', '[']]]],
  ])('with %s breaks the contract', ([, invocation, frames]) => {
    const { say, outcomes } = start('live', invocation)
    expect(() => frames.forEach(([header, parts]) => say(header, parts))).toThrow(/^frame: /u)
    expect(outcomes).toEqual([])
  })
})

describe('progress', () => {
  const progress = { type: 'progress', taskId: 'a' }

  test('is handed on, and the executor hears when the next may come', async () => {
    const { say, told, process } = start()
    say(progress, ['{"done":1}'])
    expect(told).toEqual([{ type: 'progress', value: '{"done":1}' }])
    expect(process?.received.at(-1)).not.toEqual({ type: 'progressTaken', taskId: 'a' })
    await vi.advanceTimersByTimeAsync(0)
    expect(process?.received.at(-1)).toEqual({ type: 'progressTaken', taskId: 'a' })
    say(progress, ['2'])
    expect(told).toHaveLength(2)
  })

  test('that is taken when the task has ended is told to nobody', async () => {
    const { say, process } = start()
    say(progress, ['1'])
    say(settledHeader('a'), ['', '1'])
    await vi.advanceTimersByTimeAsync(0)
    expect(process?.received.some((message) => message.type === 'progressTaken')).toBe(false)
    expect(() => say(progress, ['2'])).toThrow('no such task')
  })

  test('is asked for only where somebody listens', () => {
    expect(start().process?.task).toMatchObject({ tellsProgress: true })
    const { process, say } = start('live', {}, false)
    expect(process?.task).toMatchObject({ tellsProgress: false })
    expect(() => say(progress, ['1'])).toThrow('progress that nobody asked for')
  })

  test.for([
    ['of another task', [[{ ...progress, taskId: 'b' }, ['1']]]],
    ['without a value', [[progress, []]]],
    ['of two values', [[progress, ['1', '2']]]],
    ['that is no JSON', [[progress, ['{']]]],
    ['on two lines', [[progress, ['[1,\n2]']]]],
    ['of more than 64 KiB', [[progress, [JSON.stringify('x'.repeat(65_535))]]]],
    [
      'before the last was taken',
      [
        [progress, ['1']],
        [progress, ['2']],
      ],
    ],
  ] as const)('%s breaks the contract', ([, frames]) => {
    const { say } = start()
    expect(() => frames.forEach(([header, parts]) => say(header, parts))).toThrow(/^frame: /u)
  })
})
