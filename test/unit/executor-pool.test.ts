// The pool over executors without processes: who gets which task, what happens when they die, and what never happens.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Outcome } from '../../src/core/outcome.ts'
import type { Task } from '../../src/core/task.ts'
import { ExecutorPool } from '../../src/pool/executor-pool.ts'
import type { ExecutorPoolOptions } from '../../src/pool/executor-pool.ts'
import { FakeProcesses, settledHeader } from '../support/fake-transport.ts'
import { POOL_OPTIONS } from '../support/pool-options.ts'

const LIMITS = { wallMs: 1_000, cpuMs: 500, memoryMb: 64, inputBytes: 1_000, outputBytes: 1_000, logBytes: 100 }

function taskOf(id: string, tenant = 'default'): Task {
  const source = { mode: 'live', language: 'javascript', code: 'function f() {}' } as const
  const input = { format: 'json', text: '{"args":[],"kwargs":{}}' } as const
  return { id, tenant, limits: LIMITS, invocation: { kind: 'function', source, name: 'f', input } }
}

function createPool(options: Partial<ExecutorPoolOptions> = {}) {
  const processes = new FakeProcesses()
  const pool = new ExecutorPool({
    ...POOL_OPTIONS,
    startExecutor: processes.start,
    waiting: 3,
    queueMs: 500,
    startMs: 5_000,
    heartbeatMs: 1_000,
    ...options,
  })
  const outcomes = new Map<string, Outcome>()
  const run = (id: string, tenant?: string): AbortController => {
    const controller = new AbortController()
    void pool.execute(taskOf(id, tenant), { signal: controller.signal }).then((outcome) => outcomes.set(id, outcome))
    return controller
  }
  const readyAll = (): void => {
    for (const one of processes.all) if (one.received.length === 0 && !one.isKilled) one.ready()
  }
  return { pool, processes, outcomes, run, readyAll }
}

/** Longer than the pool takes to replace what is missing. */
const REPLACED_MS = 60

const codeOf = (outcome: Outcome | undefined): string => {
  if (outcome === undefined) return 'pending'
  return outcome.ok ? 'ok' : outcome.failure.code
}

beforeEach(() => {
  vi.useFakeTimers({ toNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
})
afterEach(() => {
  vi.useRealTimers()
})
const tick = async (ms = 0): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms)
  // Deadlines are judged when everything that has arrived is read.
  await new Promise((resolve) => setImmediate(resolve))
}

describe('starting', () => {
  test('the minimum and the spares start at once, and the pool is ready with the first of them', () => {
    const { pool, processes } = createPool()
    expect(processes.all).toHaveLength(2)
    expect(pool.health).toBe('starting')
    processes.all[0]?.ready()
    expect(pool.health).toBe('ready')
  })

  test('two failed starts in a row end all starting, answer what waits, and make the pool unhealthy', async () => {
    const { pool, processes, outcomes, run } = createPool()
    run('a')
    processes.all[0]?.exit('exit code 1')
    processes.all[1]?.exit('exit code 1')
    await tick()
    expect(pool.health).toBe('unhealthy')
    expect(codeOf(outcomes.get('a'))).toBe('EXECUTORS_UNAVAILABLE')
    run('b')
    await tick()
    expect(codeOf(outcomes.get('b'))).toBe('EXECUTORS_UNAVAILABLE')
  })

  test('when there is another way to start, two failed starts lead to it', async () => {
    const fallBack = vi.fn<() => boolean>(() => true)
    const { pool, processes } = createPool({ fallBack })
    processes.all[0]?.exit('exit code 1')
    processes.all[1]?.exit('exit code 1')
    expect(fallBack).toHaveBeenCalledTimes(1)
    await tick(REPLACED_MS)
    processes.all.at(-1)?.ready()
    expect(pool.health).toBe('ready')
  })

  test('an executor that is not ready in time is killed', async () => {
    const { processes } = createPool()
    await tick(5_000)
    expect(processes.all[0]?.isKilled).toBe(true)
  })
})

describe('running', () => {
  test('a task goes to one executor, and its answer comes back', async () => {
    const { outcomes, processes, readyAll, run } = createPool()
    readyAll()
    run('a')
    processes.with('a').settle('42')
    await tick()
    expect(outcomes.get('a')).toMatchObject({ ok: true, value: '42', stdout: '' })
  })

  test('an executor has one task at a time; the next waits until it is free', async () => {
    const { processes, readyAll, run } = createPool({ executorsMax: 1 })
    readyAll()
    run('a')
    run('b')
    const first = processes.with('a')
    expect(first.task?.taskId).toBe('a')
    first.settle('1', false)
    await tick()
    expect(first.task?.taskId).toBe('a')
    first.idle()
    expect(first.task?.taskId).toBe('b')
  })

  test('the executor that has been idle longest is taken, so that the other can make isolates', async () => {
    const { processes, readyAll, run } = createPool()
    readyAll()
    run('a')
    run('b')
    const [first, second] = [processes.with('a'), processes.with('b')]
    for (const one of [second, first]) {
      one.settle()
      one.idle()
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what the test is about
      await tick(5)
    }
    run('c')
    expect(second.task?.taskId).toBe('c')
  })

  test('two tenants never share an executor, and a foreign idle one is killed to make room', async () => {
    const { processes, readyAll, run } = createPool({ executorsMax: 1, executorsSpare: 0 })
    readyAll()
    run('a', 'alice')
    const ofAlice = processes.with('a')
    ofAlice.settle()
    ofAlice.idle()
    run('b', 'bob')
    await tick()
    expect(ofAlice.isKilled).toBe(true)
    readyAll()
    expect(processes.with('b')).not.toBe(ofAlice)
  })

  test('a tenant that always has something waiting gives its only executor up after its turn', async () => {
    const { processes, readyAll, run } = createPool({ executorsMax: 1, executorsSpare: 1, waiting: 10 })
    readyAll()
    run('a1', 'alice')
    run('a2', 'alice')
    run('a3', 'alice')
    run('b1', 'bob')
    const ofAlice = processes.with('a1')
    ofAlice.settle()
    ofAlice.idle()
    expect(ofAlice.task?.taskId).toBe('a2')
    await tick(250)
    ofAlice.settle()
    await tick()
    expect(ofAlice.isKilled).toBe(true)
    expect(processes.with('b1')).not.toBe(ofAlice)
  })

  test('a worn-out executor is replaced after its last task', async () => {
    const { processes, readyAll, run } = createPool({ executorMaxTasks: 1 })
    readyAll()
    run('a')
    const worn = processes.with('a')
    worn.settle()
    await tick()
    expect(worn.isKilled).toBe(true)
  })
})

describe('waiting', () => {
  test('one task too many is refused, with the limit in the sentence', async () => {
    const { outcomes, run } = createPool()
    for (const id of ['a', 'b', 'c', 'd']) run(id)
    await tick()
    expect(codeOf(outcomes.get('c'))).toBe('pending')
    expect(outcomes.get('d')).toMatchObject({
      failure: { code: 'QUEUE_FULL', message: '3 requests wait already; the limit is 3.' },
      stdout: null,
    })
  })

  test('a task that waited too long says that it waited and never ran', async () => {
    const { outcomes, run } = createPool()
    run('a')
    await tick(500)
    expect(outcomes.get('a')).toMatchObject({ failure: { code: 'QUEUE_TIMEOUT' } })
  })

  test('a cancelled task leaves the queue', async () => {
    const { outcomes, processes, readyAll, run } = createPool()
    run('a').abort()
    await tick()
    expect(codeOf(outcomes.get('a'))).toBe('CANCELLED')
    readyAll()
    expect(processes.all.every(({ task }) => task === undefined)).toBe(true)
  })
})

describe('stopping', () => {
  test('a cancelled task that runs is stopped by its executor', async () => {
    const { processes, readyAll, run } = createPool()
    readyAll()
    const controller = run('a')
    controller.abort()
    expect(processes.with('a').received.at(-1)).toEqual({ type: 'cancel', taskId: 'a' })
  })

  test('an executor that does not stop a cancelled task is killed, and the task is cancelled', async () => {
    const { outcomes, processes, readyAll, run } = createPool()
    readyAll()
    run('a').abort()
    const runner = processes.with('a')
    await tick(1_000)
    expect(runner.isKilled).toBe(true)
    expect(codeOf(outcomes.get('a'))).toBe('CANCELLED')
  })

  test('a task one second over its wall time costs its executor, and ends with the wall limit', async () => {
    const { outcomes, processes, readyAll, run } = createPool({ heartbeatMs: 60_000 })
    readyAll()
    run('a')
    const runner = processes.with('a')
    await tick(1_999)
    expect(runner.isKilled).toBe(false)
    await tick(1)
    expect(runner.isKilled).toBe(true)
    expect(outcomes.get('a')).toMatchObject({ failure: { code: 'LIMIT_WALL', limit: 1_000 } })
  })

  test('an executor that misses its heartbeats is killed and replaced', async () => {
    const { processes, readyAll } = createPool()
    readyAll()
    const [first] = processes.all
    await tick(3_000)
    expect(first?.isKilled).toBe(true)
    expect(processes.all.length).toBeGreaterThan(2)
  })

  test('an executor that dies loses its task with a code that says so, and is replaced', async () => {
    const { outcomes, processes, readyAll, run } = createPool()
    readyAll()
    run('a')
    const before = processes.all.length
    processes.with('a').exit('signal SIGSEGV', '/some/path/of/the/host')
    await tick()
    expect(outcomes.get('a')).toMatchObject({
      failure: {
        code: 'EXECUTOR_LOST',
        message: 'The process that ran the code died before it answered (signal SIGSEGV).',
      },
    })
    await tick(REPLACED_MS)
    expect(processes.all.length).toBeGreaterThan(before)
  })

  test('an executor that is given away is replaced when its task has had the time to begin', async () => {
    const { processes, readyAll, run } = createPool()
    readyAll()
    run('a')
    run('b')
    const before = processes.all.length
    expect(processes.all.filter((one) => one.received.length > 0)).toHaveLength(2)
    await tick(1)
    expect(processes.all.length).toBe(before)
    await tick(REPLACED_MS)
    expect(processes.all.length).toBe(before + 1)
  })

  test('an executor for a task that waits is started at once', () => {
    const { processes, readyAll, run } = createPool({ executorsMax: 3 })
    readyAll()
    const before = processes.all.length
    for (const id of ['a', 'b', 'c']) run(id)
    expect(processes.all.length).toBeGreaterThan(before)
  })

  test('a drain refuses new tasks and ends when the running one has', async () => {
    const { outcomes, pool, processes, readyAll, run } = createPool()
    readyAll()
    run('a')
    let isDrained = false
    const drained = pool.drain(10_000).then(() => (isDrained = true))
    run('b')
    await tick()
    expect(codeOf(outcomes.get('b'))).toBe('DRAINING')
    expect(isDrained).toBe(false)
    processes.with('a').settle()
    await drained
    expect(codeOf(outcomes.get('a'))).toBe('ok')
  })

  test('disposal kills every executor', async () => {
    const { pool, processes, readyAll } = createPool()
    readyAll()
    await pool[Symbol.asyncDispose]()
    expect(processes.all.every(({ isKilled }) => isKilled)).toBe(true)
  })
})

/** What a transport does when a handler throws is its own test; here it is enough that the runner throws. */
describe('distrust', () => {
  test.for([
    ['an answer for a task that it does not have', { ...settledHeader('other') }, ['', '1']],
    ['an answer without a value', { ...settledHeader('a') }, ['']],
    ['a value over the output limit', { ...settledHeader('a') }, ['', `"${'x'.repeat(1_000)}"`]],
    ['a value that is not JSON', { ...settledHeader('a') }, ['', '{"a":']],
    [
      'a code that only the service gives',
      { ...settledHeader('a'), ok: false, failure: { code: 'QUEUE_FULL', message: '' } },
      [''],
    ],
    ['an unknown message', { type: 'shutdown' }, []],
    ['an unknown key', { ...settledHeader('a'), extra: 1 }, ['', '1']],
    ['a second ready', { type: 'ready', confinement: [] }, []],
  ] as const)('%s breaks the contract', ([, header, parts]) => {
    const { processes, readyAll, run } = createPool()
    readyAll()
    run('a')
    expect(() => processes.with('a').say(header, parts)).toThrow(/frame: |JSON|Invalid|expected/i)
  })
})

describe('what V8 made of a module', () => {
  const MODULE = { name: 'm', kind: 'script', code: 'var m', hash: 'abc', fileName: 'm.js' } as const

  const isReady = new Set<unknown>()

  /** Starts a call of the same module and gives the executor that got it, with the cache that it was loaded with. */
  async function call(pool: ExecutorPool, processes: FakeProcesses, id: string, tenant: string, deployment: string) {
    const source = { mode: 'flash', deployment, module: MODULE, maxConcurrency: 1 } as const
    const input = { format: 'json', text: '{"args":[],"kwargs":{}}' } as const
    const task = { id, tenant, limits: LIMITS, invocation: { kind: 'function', source, name: 'f', input } } as const
    void pool.execute(task, { signal: new AbortController().signal })
    for (const one of processes.all) {
      if (!isReady.has(one)) one.ready()
      isReady.add(one)
    }
    await tick(100)
    const taken = processes.all.find(({ received }) =>
      received.some((message) => message.type === 'call' && message.taskId === id),
    )
    if (taken === undefined) throw new Error(`nobody has the call ${id}`)
    const loaded = taken.received.findIndex((message) => message.type === 'load')
    return { taken, cache: taken.receivedParts[loaded]?.[1] }
  }

  test('goes to the next executor of the same deployment of the same tenant, and to no other', async () => {
    const { pool, processes } = createPool({ moduleExecutorsMax: 8, queueMs: 60_000, executorsSpare: 1 })
    const first = await call(pool, processes, 'a', 'one', 'api@1')
    expect(first.cache).toBe('')
    first.taken.say({ type: 'codeCache', hash: MODULE.hash }, ['Zm9yZ2Vk'])
    first.taken.exit('signal SIGKILL')
    expect((await call(pool, processes, 'b', 'two', 'api@1')).cache).toBe('')
    expect((await call(pool, processes, 'c', 'one', 'api@2')).cache).toBe('')
    expect((await call(pool, processes, 'd', 'one', 'api@1')).cache).toBe('Zm9yZ2Vk')
  })

  test('is not taken from an executor that was never given the module', async () => {
    const { processes, readyAll, run } = createPool()
    readyAll()
    run('live')
    const { handlers } = processes.with('live')
    expect(() =>
      handlers.onFrame({ header: { type: 'codeCache', hash: MODULE.hash, parts: [{}] }, parts: ['Zm9y'] }),
    ).toThrow('no such module')
  })
})

test('after two failed starts one more is tried every ten seconds, and one that succeeds mends the pool', async () => {
  const { pool, processes } = createPool()
  processes.all[0]?.exit('exit code 1')
  processes.all[1]?.exit('exit code 1')
  expect(pool.health).toBe('unhealthy')
  const started = processes.all.length
  await tick(12_000)
  expect(processes.all.length).toBeGreaterThan(started)
  processes.all.at(-1)?.ready()
  expect(pool.health).toBe('ready')
})
