// The pool and instances of classes, over executors without processes: who holds which, who is kept, who makes room.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Outcome } from '../../src/core/outcome.ts'
import type { Task } from '../../src/core/task.ts'
import type { CallMessage, LoadMessage } from '../../src/ipc/messages.ts'
import { ExecutorPool } from '../../src/pool/executor-pool.ts'
import type { ExecutorPoolOptions } from '../../src/pool/executor-pool.ts'
import { FakeProcesses, settledHeader } from '../support/fake-transport.ts'
import type { FakeProcess } from '../support/fake-transport.ts'
import { POOL_OPTIONS } from '../support/pool-options.ts'

const LIMITS = { wallMs: 1_000, cpuMs: 500, memoryMb: 64, inputBytes: 1_000, outputBytes: 1_000, logBytes: 100 }
const SOURCE = { mode: 'live', language: 'javascript', code: 'class C {}' } as const
const INPUT = { format: 'json', text: '{"args":[],"kwargs":{}}' } as const

interface Asked {
  readonly tenant?: string
  readonly isFirst?: boolean
}

function createPool(options: Partial<ExecutorPoolOptions> = {}) {
  const processes = new FakeProcesses()
  const ended: string[] = []
  const pool = new ExecutorPool({
    ...POOL_OPTIONS,
    startExecutor: processes.start,
    queueMs: 100_000,
    onInstanceEnded: (key, { why }) => void ended.push(`${key}: ${why}`),
    ...options,
  })
  const outcomes = new Map<string, Outcome>()
  let last = 0
  const run = (task: Omit<Task, 'id'>): string => {
    const id = `task-${++last}`
    const { signal } = new AbortController()
    void pool.execute({ id, ...task }, { signal }).then((outcome) => outcomes.set(id, outcome))
    return id
  }
  const live = (tenant = 'default'): string =>
    run({ tenant, limits: LIMITS, invocation: { kind: 'function', source: SOURCE, name: 'f', input: INPUT } })
  const call = (key: string, { tenant = 'default', isFirst = true }: Asked = {}): string => {
    const invocation = { kind: 'function', source: SOURCE, name: 'C', method: { name: 'm' }, input: INPUT } as const
    return run({ tenant, limits: LIMITS, invocation, instance: { key, isFirst } })
  }
  const readyAll = async (): Promise<void> => {
    for (const one of processes.all) if (!one.isKilled) tryReady(one)
    await tick()
  }
  const holderOf = (id: string): FakeProcess | undefined =>
    processes.all.find(({ received }) => received.some((message) => 'taskId' in message && message.taskId === id))
  const settle = async (id: string, more: object = {}): Promise<void> => {
    holderOf(id)?.say({ ...settledHeader(id), ...more }, ['', '1'])
    await tick()
  }
  /** Makes an instance and says in which process it is. */
  const make = async (key: string, asked: Asked = {}): Promise<FakeProcess | undefined> => {
    const id = call(key, asked)
    await readyAll()
    await settle(id, { madeInstance: true })
    await readyAll()
    return holderOf(id)
  }
  return { pool, processes, ended, outcomes, live, call, readyAll, holderOf, settle, make }
}

const ready = new WeakSet<FakeProcess>()
function tryReady(one: FakeProcess): void {
  if (ready.has(one)) return
  ready.add(one)
  one.ready()
}
/** A frame without texts. */
function tell(process: FakeProcess | undefined, header: object): void {
  process?.handlers.onFrame({ header, parts: [] })
}
const tick = async (ms = 0): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms)
  // Deadlines are judged when everything that has arrived is read.
  await new Promise((resolve) => setImmediate(resolve))
}
const codeOf = (outcome: Outcome | undefined): string =>
  outcome === undefined ? 'pending' : outcome.ok ? 'ok' : outcome.failure.code

beforeEach(() => {
  vi.useFakeTimers({ toNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('an instance', () => {
  test('is loaded with its source and its memory once, and its further calls go where it is', async () => {
    const { call, make, settle, outcomes } = createPool()
    const holder = await make('one')
    const other = await make('two')
    expect(other).toBe(holder)
    const next = call('one', { isFirst: false })
    await settle(next)
    expect(codeOf(outcomes.get(next))).toBe('ok')
    const loads = holder?.received.filter((message): message is LoadMessage => message.type === 'load')
    expect(loads).toMatchObject([
      { hash: 'one', kind: 'source', fileName: 'class.js', memoryMb: 64 },
      { hash: 'two', kind: 'source' },
    ])
    const calls = holder?.received.filter((message): message is CallMessage => message.type === 'call')
    expect(calls?.map(({ hash, isInstance }) => [hash, isInstance])).toEqual([
      ['one', true],
      ['two', true],
      ['one', true],
    ])
  })

  test('never has its executor together with Live tasks, nor with another tenant', async () => {
    const { live, make, holderOf, readyAll, settle } = createPool()
    const first = live()
    await readyAll()
    await settle(first)
    const holder = await make('one')
    expect(holder).not.toBe(holderOf(first))
    const foreign = await make('two', { tenant: 'other' })
    expect(foreign).not.toBe(holder)
    const [second, third] = [live(), live()]
    await readyAll()
    for (const id of [second, third]) expect([holder, foreign]).not.toContain(holderOf(id))
  })

  test('gets an executor of its own while that of its tenant is busy, and there may be another', async () => {
    const { make, call, readyAll, holderOf } = createPool()
    const holder = await make('one')
    const busy = call('one', { isFirst: false })
    const [two, three] = [call('two'), call('three')]
    await readyAll()
    expect(holderOf(busy)).toBe(holder)
    expect(holderOf(two)).not.toBe(holder)
    // There are two, which is as many as may be: calls of different instances share them.
    expect([holder, holderOf(two)]).toContain(holderOf(three))
  })

  test('says when it has ended, and its executor loses all of them when it dies', async () => {
    const { pool, make, call, ended, outcomes } = createPool()
    const holder = await make('one')
    await make('two')
    await make('three')
    pool.dropInstance('one')
    expect(holder?.received.at(-1)).toEqual({ type: 'drop', hash: 'one' })
    tell(holder, { type: 'retired', hash: 'one', reason: 'dropped' })
    expect(ended).toEqual(['one: it was ended'])
    const running = call('two', { isFirst: false })
    holder?.exit('signal SIGSEGV', 'something with /a/path')
    await tick()
    expect(codeOf(outcomes.get(running))).toBe('EXECUTOR_LOST')
    expect(ended.slice(1)).toEqual([
      'two: its process ended with signal SIGSEGV',
      'three: its process ended with signal SIGSEGV',
    ])
  })

  test('that is not there is looked for until its caller gives up, and nothing is made in its place', async () => {
    const { make, call, outcomes, holderOf } = createPool()
    await make('one')
    const asked = call('never', { isFirst: false })
    await tick(100_000)
    expect(holderOf(asked)).toBeUndefined()
    expect(codeOf(outcomes.get(asked))).toBe('QUEUE_TIMEOUT')
  })
})

describe('an executor that holds instances', () => {
  test('is recycled when it is empty, and not before', async () => {
    const { make, call, settle } = createPool({ executorMaxTasks: 1, executorMaxAgeMs: 1_000 })
    const holder = await make('one')
    await tick(2_000)
    await settle(call('one', { isFirst: false }))
    expect(holder?.isKilled).toBe(false)
    tell(holder, { type: 'retired', hash: 'one', reason: 'dropped' })
    await tick()
    expect(holder?.isKilled).toBe(true)
  })

  test('gets no further ones once it is over its age while there may be another', async () => {
    const { make } = createPool({ executorMaxAgeMs: 1_000 })
    const holder = await make('one')
    await tick(2_000)
    expect(await make('two')).not.toBe(holder)
    // Now both are over their age, and there may be no third: the younger one takes it.
    await tick(2_000)
    expect(await make('three')).not.toBe(holder)
    expect(holder?.isKilled).toBe(false)
  })

  test('is kept for as long as it has one, and a minute after that', async () => {
    const { make } = createPool({ heartbeatMs: 10_000 })
    const holder = await make('one')
    let answered = 0
    /** Answers each ping, so that nothing but having nothing to do ends it. */
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        // oxlint-disable-next-line no-await-in-loop -- time passes step by step
        await tick(1_000)
        const ping = holder?.received.findLast((message) => message.type === 'ping')
        if (ping?.type !== 'ping' || ping.sequence === answered || holder?.isKilled === true) continue
        answered = ping.sequence
        tell(holder, { type: 'pong', sequence: answered })
      }
    }
    await pass(120_000)
    expect(holder?.isKilled).toBe(false)
    tell(holder, { type: 'retired', hash: 'one', reason: 'dropped' })
    await pass(80_000)
    expect(holder?.isKilled).toBe(true)
  })

  test('makes room for another tenant when none of its instances was called for ten seconds', async () => {
    const { make, call, readyAll, holderOf, ended } = createPool({ instanceExecutorsMax: 1 })
    const holder = await make('one')
    const foreign = call('two', { tenant: 'other' })
    await readyAll()
    await tick(5_000)
    expect([holder?.isKilled, holderOf(foreign)]).toEqual([false, undefined])
    await tick(6_000)
    expect(holder?.isKilled).toBe(true)
    await readyAll()
    expect(holderOf(foreign)).toBeDefined()
    expect(ended).toEqual(['one: its process was ended because another cordon waits'])
  })
})

describe('distrust', () => {
  test('an executor that does not end an instance is killed', async () => {
    const { pool, make } = createPool({ heartbeatMs: 2_000 })
    const holder = await make('one')
    pool.dropInstance('one')
    const answer = (): void => {
      const ping = holder?.received.findLast((message) => message.type === 'ping')
      if (ping?.type === 'ping') tell(holder, { type: 'pong', sequence: ping.sequence })
    }
    await tick(2_500)
    answer()
    await tick(2_000)
    answer()
    expect(holder?.isKilled).toBe(false)
    await tick(2_000)
    expect(holder?.isKilled).toBe(true)
  })

  test.each([
    ['an instance that it does not hold has ended', { type: 'retired', hash: 'two', reason: 'memory' }],
    ['it has compiled the code of an instance', { type: 'codeCache', hash: 'one', parts: [{}] }],
  ])('an executor that says that %s is killed', async (_title, header) => {
    const { make } = createPool()
    const holder = await make('one')
    expect(() => tell(holder, header)).toThrow('no such module')
  })

  test('a call can have lost its executor to another one, and a Live task cannot', async () => {
    const { live, call, readyAll, holderOf, outcomes } = createPool()
    const [task, asked] = [live(), call('one')]
    await readyAll()
    const lost = { ok: false, failure: { code: 'EXECUTOR_LOST', message: 'x' } }
    holderOf(asked)?.say({ ...settledHeader(asked), ...lost }, [''])
    await tick()
    expect(codeOf(outcomes.get(asked))).toBe('EXECUTOR_LOST')
    expect(() => holderOf(task)?.say({ ...settledHeader(task), ...lost }, [''])).toThrow('a valid code')
  })

  test('a Live task cannot have lost an instance', async () => {
    const { live, readyAll, holderOf } = createPool()
    const id = live()
    await readyAll()
    const failure = { code: 'INSTANCE_LOST', message: 'x' }
    expect(() => holderOf(id)?.say({ ...settledHeader(id), ok: false, failure }, [''])).toThrow('a valid code')
  })
})
