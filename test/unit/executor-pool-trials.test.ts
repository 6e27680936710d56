// Executors that have tried a version that nobody calls: few of them wait, and they make room before those that are called.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Task } from '../../src/core/task.ts'
import { ExecutorPool } from '../../src/pool/executor-pool.ts'
import { FakeProcesses, settledHeader } from '../support/fake-transport.ts'
import type { FakeProcess } from '../support/fake-transport.ts'
import { POOL_OPTIONS } from '../support/pool-options.ts'

const LIMITS = { wallMs: 1_000, cpuMs: 500, memoryMb: 64, inputBytes: 1_000, outputBytes: 1_000, logBytes: 100 }
const MODULE = { name: 'm', kind: 'script', code: 'var m', hash: 'abc', fileName: 'm.js' } as const
const INPUT = { format: 'json', text: '{"args":[],"kwargs":{}}' } as const

function taskOf(deployment: string, kind: 'trial' | 'call', id: string): Task {
  const source = { mode: 'flash', deployment, module: MODULE, maxConcurrency: 1 } as const
  const invocation = { kind: 'function', source, name: 'f', input: INPUT } as const
  return { id, tenant: 'default', limits: LIMITS, invocation, ...(kind === 'trial' ? { isTrial: true } : {}) }
}

function createPool({ moduleExecutorsMax = 32, executorsPerDeployment = 2 } = {}) {
  const processes = new FakeProcesses()
  const pool = new ExecutorPool({
    ...POOL_OPTIONS,
    startExecutor: processes.start,
    executorsMax: 1,
    moduleExecutorsMax,
    executorsPerDeployment,
  })
  const isReady = new Set<FakeProcess>()
  let last = 0
  /** Runs to its end, in the executor that is given back. */
  const run = async (deployment: string, kind: 'trial' | 'call'): Promise<FakeProcess> => {
    const id = `t${++last}`
    const outcome = pool.execute(taskOf(deployment, kind, id), { signal: new AbortController().signal })
    const hasIt = ({ received }: FakeProcess): boolean =>
      received.some((message) => message.type === 'call' && message.taskId === id)
    for (let turn = 0; turn < 10 && !processes.all.some(hasIt); turn++) {
      for (const one of processes.all) if (!isReady.has(one) && !one.isKilled) one.ready()
      for (const one of processes.all) isReady.add(one)
      // oxlint-disable-next-line no-await-in-loop -- the clock of the test
      await vi.advanceTimersByTimeAsync(30)
    }
    const taken = processes.all.find(hasIt)
    if (taken === undefined) throw new Error(`nobody has ${id}`)
    taken.say(settledHeader(id), ['', '1'])
    await outcome
    await vi.advanceTimersByTimeAsync(1)
    return taken
  }
  return { run }
}

const killed = (executors: readonly FakeProcess[]): readonly boolean[] => executors.map(({ isKilled }) => isKilled)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('of many versions that were tried and never called the newest four keep their executor', async () => {
  const { run } = createPool()
  const tried: FakeProcess[] = []
  // oxlint-disable-next-line no-await-in-loop -- one deployment after the other
  for (let index = 0; index < 6; index++) tried.push(await run(`e${index}@1`, 'trial'))
  expect(killed(tried)).toEqual([true, true, false, false, false, false])
})

test('the first call of a version goes to the executor that has tried it, which from then on is kept', async () => {
  const { run } = createPool()
  const first = await run('first@1', 'trial')
  expect(await run('first@1', 'call')).toBe(first)
  // oxlint-disable-next-line no-await-in-loop -- one deployment after the other
  for (let index = 0; index < 6; index++) await run(`e${index}@1`, 'trial')
  expect(first.isKilled).toBe(false)
})

test('a deployment that may have more executors than four keeps all that have tried it', async () => {
  const { run } = createPool({ executorsPerDeployment: 6 })
  const tried: FakeProcess[] = []
  // oxlint-disable-next-line no-await-in-loop -- one deployment after the other
  for (let index = 0; index < 6; index++) tried.push(await run(`e${index}@1`, 'trial'))
  expect(killed(tried)).toEqual(tried.map(() => false))
})

test('when there may be no further executor, one that was never called makes room for a new version', async () => {
  const { run } = createPool({ moduleExecutorsMax: 2 })
  const called = await run('called@1', 'call')
  const tried = await run('tried@1', 'trial')
  await run('new@1', 'trial')
  expect(killed([called, tried])).toEqual([false, true])
})
