// Which executor a task goes to: its own first, a free one as far as the bounds allow, never one of another owner.
import { describe, expect, test } from 'vitest'
import { cordonOf } from '../../src/core/task.ts'
import type { Task } from '../../src/core/task.ts'
import { CallWeights } from '../../src/pool/call-weights.ts'
import { chooseExecutor, countOwned } from '../../src/pool/choose-executor.ts'
import type { Candidate, PoolBounds } from '../../src/pool/choose-executor.ts'
import { CodeCaches } from '../../src/pool/code-caches.ts'
import { ExecutorRunner } from '../../src/pool/executor-runner.ts'
import { JsonTurns } from '../../src/pool/json-turns.ts'
import { TaskQueue } from '../../src/pool/task-queue.ts'
import type { WaitingTask } from '../../src/pool/task-queue.ts'
import { FakeProcess, settledHeader } from '../support/fake-transport.ts'

const LIMITS = { wallMs: 60_000, cpuMs: 500, memoryMb: 64, inputBytes: 100, outputBytes: 100, logBytes: 100 }
const BOUNDS: PoolBounds = {
  executorsMax: 2,
  moduleExecutorsMax: 3,
  executorsPerDeployment: 2,
  instanceExecutorsMax: 2,
  executorMaxAgeMs: 1_000_000,
}
const INPUT = { format: 'json', text: '{"args":[],"kwargs":{}}' } as const

let last = 0
function liveTask(tenant = 'default'): Task {
  const source = { mode: 'live', language: 'javascript', code: '' } as const
  return { id: `t${++last}`, tenant, limits: LIMITS, invocation: { kind: 'function', source, name: 'f', input: INPUT } }
}

function flashTask({ deployment = 'default@1', module = 'm', maxConcurrency = 1, isNested = false } = {}): Task {
  const source = {
    mode: 'flash',
    deployment,
    module: { name: module, kind: 'script', code: '', hash: `hash-${module}`, fileName: `${module}.js` },
    maxConcurrency,
  } as const
  return {
    id: `t${++last}`,
    tenant: 'default',
    limits: LIMITS,
    invocation: { kind: 'function', source, name: 'f', input: INPUT },
    ...(isNested ? { isNested } : {}),
  }
}

const candidateOf = (task: Task, waitedMs = 0): Candidate & WaitingTask => {
  const cordon = cordonOf(task)
  return { task, cordon, lane: cordon, enqueuedAt: performance.now() - waitedMs }
}

/** An executor that is ready, and has run or runs the tasks that it is given. */
function runnerOf({ runs = [], ran = [] }: { readonly runs?: readonly Task[]; readonly ran?: readonly Task[] } = {}) {
  let process: FakeProcess | undefined
  let now = 0
  const runner = new ExecutorRunner({
    start: (handlers) => (process = new FakeProcess(handlers)),
    startMs: 60_000,
    heartbeatMs: 60_000,
    onChange: () => undefined,
    onLog: () => undefined,
    weights: new CallWeights(),
    turns: new JsonTurns(),
    caches: new CodeCaches({ maxCharacters: 100 }),
    onInstanceEnded: () => undefined,
    now: () => now,
  })
  process?.ready()
  for (const task of ran) {
    runner.assign(task)
    runner.run({ task, queueMs: 0, settle: () => undefined, giveBack: null })
    process?.say(settledHeader(task.id), ['', '1'])
  }
  now += 1_000
  for (const task of runs) {
    runner.assign(task)
    runner.run({ task, queueMs: 0, settle: () => undefined, giveBack: null })
  }
  return runner
}

const choose = (task: Task, runners: readonly ExecutorRunner[], waitedMs = 0): number =>
  runners.indexOf(chooseExecutor(candidateOf(task, waitedMs), runners, BOUNDS) as ExecutorRunner)

describe('a Live task', () => {
  test('takes an executor of its tenant, and one that belongs to nobody when there is none', () => {
    const own = runnerOf({ ran: [liveTask()] })
    const other = runnerOf({ ran: [liveTask('other')] })
    const spare = runnerOf()
    expect(choose(liveTask(), [other, spare, own])).toBe(2)
    expect(choose(liveTask(), [other, spare])).toBe(1)
    expect(choose(liveTask(), [other])).toBe(-1)
  })

  test('never takes an executor of a deployment', () => {
    expect(choose(liveTask(), [runnerOf({ ran: [flashTask()] })])).toBe(-1)
  })

  test('waits when as many executors as may be belong to somebody, those of deployments not counted', () => {
    const others = [runnerOf({ ran: [liveTask('a')] }), runnerOf({ ran: [liveTask('b')] })]
    expect(choose(liveTask(), [...others, runnerOf()])).toBe(-1)
    const deployed = [runnerOf({ ran: [flashTask()] }), runnerOf({ ran: [flashTask({ deployment: 'x@1' })] })]
    expect(choose(liveTask(), [...deployed, runnerOf()])).toBe(2)
  })

  test('runs alone', () => {
    expect(choose(liveTask(), [runnerOf({ runs: [liveTask()] })])).toBe(-1)
  })
})

describe('a call of a deployed module', () => {
  test('takes an executor of its version, never one of another version or of Live tasks', () => {
    const own = runnerOf({ ran: [flashTask()] })
    const older = runnerOf({ ran: [flashTask({ deployment: 'default@0' })] })
    const live = runnerOf({ ran: [liveTask()] })
    expect(choose(flashTask(), [older, live, own])).toBe(2)
    expect(choose(flashTask(), [older, live])).toBe(-1)
  })

  test('takes the one with the least to do', () => {
    const task = (): Task => flashTask({ maxConcurrency: 3 })
    const two = runnerOf({ runs: [task(), task()] })
    const one = runnerOf({ runs: [task()] })
    expect(choose(task(), [two, one])).toBe(1)
  })

  test('joins others only as far as it may overlap', () => {
    const runs = [flashTask({ maxConcurrency: 2 }), flashTask({ maxConcurrency: 2 })]
    expect(choose(flashTask({ maxConcurrency: 2 }), [runnerOf({ runs })])).toBe(-1)
    expect(choose(flashTask({ maxConcurrency: 2 }), [runnerOf({ runs: runs.slice(1) })])).toBe(0)
    expect(choose(flashTask({ maxConcurrency: 1 }), [runnerOf({ runs: runs.slice(1) })])).toBe(-1)
  })

  test('does not join one that must not overlap', () => {
    expect(choose(flashTask({ maxConcurrency: 8 }), [runnerOf({ runs: [flashTask({ maxConcurrency: 1 })] })])).toBe(-1)
  })

  test('gets the first executor of its deployment at once, and a further one when it has waited', () => {
    const busy = runnerOf({ runs: [flashTask()] })
    const spare = runnerOf()
    expect(choose(flashTask(), [spare])).toBe(0)
    expect(choose(flashTask(), [busy, spare])).toBe(-1)
    expect(choose(flashTask(), [busy, spare], 50)).toBe(1)
  })

  test('waits when its deployment, or all of them together, have as many executors as may be', () => {
    const own = [runnerOf({ runs: [flashTask()] }), runnerOf({ runs: [flashTask()] })]
    expect(choose(flashTask(), [...own, runnerOf()], 50)).toBe(-1)
    const others = ['a@1', 'b@1', 'c@1'].map((deployment) => runnerOf({ ran: [flashTask({ deployment })] }))
    expect(choose(flashTask(), [...others, runnerOf()], 50)).toBe(-1)
    expect(choose(flashTask(), [...others.slice(1), runnerOf()], 50)).toBe(2)
  })
})

test('executors are counted by what they run, those of nobody not at all', () => {
  const runners = [runnerOf(), runnerOf({ ran: [liveTask()] }), runnerOf({ runs: [flashTask()] })]
  expect([countOwned(runners, 'live'), countOwned(runners, 'flash')]).toEqual([1, 1])
})

describe('a call that another call of its deployment waits for', () => {
  const nested = (module: string): Task => flashTask({ module, isNested: true })

  test('runs beside calls of other modules when there is no executor left', () => {
    const [one, other] = [runnerOf({ runs: [flashTask()] }), runnerOf({ runs: [flashTask()] })]
    expect(choose(flashTask({ module: 'n' }), [one, other])).toBe(-1)
    expect(choose(nested('n'), [one, other])).toBe(0)
    const twice = runnerOf({ runs: [flashTask({ maxConcurrency: 2 }), flashTask({ maxConcurrency: 2 })] })
    expect(choose(nested('n'), [twice, other])).toBe(1)
  })

  test('takes an executor of its own while there is one, and never joins a call of its module', () => {
    const busy = runnerOf({ runs: [flashTask()] })
    const idle = runnerOf({ ran: [flashTask()] })
    expect(choose(nested('n'), [busy, idle])).toBe(1)
    expect(choose(nested('n'), [busy])).toBe(-1)
    expect(choose(nested('n'), [busy, runnerOf()], 11)).toBe(1)
    expect(choose(nested('m'), [busy, runnerOf({ runs: [flashTask()] })])).toBe(-1)
  })
})

test('what running calls wait for goes before what nobody has begun, in its own order', () => {
  const queue = new TaskQueue<WaitingTask>()
  const tasks = [flashTask(), flashTask({ isNested: true }), flashTask(), flashTask({ isNested: true })]
  for (const task of tasks) queue.push(candidateOf(task))
  const order = tasks.map(() => queue.shift(() => true)?.task.id)
  expect(order).toEqual([tasks[1]?.id, tasks[3]?.id, tasks[0]?.id, tasks[2]?.id])
})
