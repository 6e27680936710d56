// Deployed functions that have been quick until now are entered on the executor's own thread: the same programs there.
import { describe, expect, test } from 'vitest'
import { DeployedService, artifactOf } from '../support/deployed-service.ts'
import { describeDeployed } from './deployed-suite.ts'
import type { Difference } from './deployed-suite.ts'
import type { HostileProgram } from './hostile-program.ts'
import { AFTERLIFE } from './programs/afterlife.ts'
import { ATTACKS } from './programs/attacks.ts'
import { CRASHES_OF_V8 } from './programs/crashes.ts'
import { ERRORS_OF_GUESTS } from './programs/errors.ts'
import { FLOODS } from './programs/floods.ts'
import { LOOPS } from './programs/loops.ts'
import { MEMORY } from './programs/memory.ts'
import { NATIVES } from './programs/natives.ts'
import { RESULTS } from './programs/results.ts'

/** Their module never goes live, or does not bundle, so that nothing of it could be quick: `deployed-*` has them. */
const NEVER_CALLED =
  /top level|top-level|^imports |^makes a loop of the name|^gives its code a name|^writes a stack with frames|^throws a (?:SyntaxError|RangeError) as/u

const isCalled = ({ title }: HostileProgram): boolean => !NEVER_CALLED.test(title)

const ENDS_LATE: Difference = {
  code: 'LIMIT_CPU',
  check: () => undefined,
  reason: 'What it answers is known when its entry is over, and that is when its time is used up.',
}
const ENDS_LATE_TITLES = [
  'answers, and then loops in a microtask',
  'answers, and then awaits nothing without end',
  'answers, and then stays in a built-in function',
  'answers, and then wants memory',
  'answers, and then has an async generator that never returns',
  'leaves one that cannot be rendered',
]
const PARKED: Difference = {
  code: 'EXECUTOR_LOST',
  reason: 'V8 puts the thread to sleep that has no memory left, and so nobody is there to say why.',
}

function endsLate(programs: readonly HostileProgram[]): Readonly<Record<string, Difference>> {
  const titles = programs.map(({ title }) => title).filter((title) => ENDS_LATE_TITLES.includes(title))
  return Object.fromEntries(titles.map((title) => [title, ENDS_LATE]))
}

describeDeployed({ title: 'code that never ends', programs: LOOPS.filter(isCalled), wasQuick: true })
describeDeployed({
  title: 'code that goes on after its answer',
  programs: AFTERLIFE.filter(isCalled),
  isSlow: true,
  wasQuick: true,
  differences: endsLate(AFTERLIFE),
})
describeDeployed({
  title: 'code that ends its process',
  programs: CRASHES_OF_V8.filter(isCalled),
  isSlow: true,
  wasQuick: true,
  differences: {
    'compiles code where the stack ends': {
      code: null,
      reason: 'The stack of a main thread has room behind its limit; that of a pool thread has not.',
    },
    'sorts an endless array': PARKED,
    'sorts a copy of an endless array': PARKED,
  },
})
for (const [title, programs] of [
  ['code that wants memory', MEMORY],
  ['code that nothing interrupts', NATIVES],
  ['code that attacks with what it returns', RESULTS],
  ['code that attacks with what the host gives it', FLOODS],
  ['code that looks for what is left', ATTACKS],
  ['code that throws', ERRORS_OF_GUESTS],
] as const) {
  const called = programs.filter(isCalled)
  describeDeployed({ title, programs: called, isSlow: true, wasQuick: true, differences: endsLate(called) })
}

const SPIN = `export function spin(ms) { const end = Date.now() + ms; while (Date.now() < end); return ms }`

/** Quick by now, and in one executor only. */
async function startQuick(concurrency: number, environment: Readonly<Record<string, string>> = {}) {
  const artifact = artifactOf({ work: SPIN }, [{ name: 'spin', module: 'work', max_concurrency: concurrency }])
  const deployed = await DeployedService.start(artifact, { EXECUTORS_PER_DEPLOYMENT: '1', ...environment })
  for (let calls = 0; calls < 20; calls++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect((await deployed.call('spin', [0])).value).toBe(0)
  }
  return deployed
}

describe('a function that has been quick and computes for long', () => {
  test('may do so within its limits, however many heartbeats it misses', async () => {
    await using deployed = await startQuick(1, { HEARTBEAT_MS: '100' })
    const before = deployed.service.executorPids()
    expect((await deployed.call('spin', [1_500])).value).toBe(1_500)
    expect(deployed.service.executorPids()).toEqual(expect.arrayContaining([...before]))
  })

  test('is stopped when it has used its processor time, and the call behind it goes to another executor', async () => {
    await using deployed = await startQuick(1)
    const hog = deployed.call('spin', [20_000], { limits: { cpuMs: 300 } })
    const next = deployed.call('spin', [0])
    expect(await hog).toMatchObject({ code: 'LIMIT_CPU' })
    expect(await next).toMatchObject({ value: 0 })
  })
})

describe('a function that has been quick, keeps its thread and has other calls behind it in the executor', () => {
  test('takes none of them along when it has used its processor time', async () => {
    await using deployed = await startQuick(8)
    const hog = deployed.call('spin', [20_000], { limits: { cpuMs: 300 } })
    const others = await Promise.all(Array.from({ length: 7 }, async (_, index) => deployed.call('spin', [index])))
    expect(await hog).toMatchObject({ code: 'LIMIT_CPU' })
    expect(others.map(({ value, code }) => value ?? code)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  test('takes none of them along when its client goes away, and is not waited for', async () => {
    await using deployed = await startQuick(8)
    const controller = new AbortController()
    const hog = deployed.call('spin', [20_000], { signal: controller.signal }).catch(() => 'gone')
    const others = Promise.all(Array.from({ length: 7 }, async (_, index) => deployed.call('spin', [index])))
    setTimeout(() => controller.abort(), 200)
    expect(await hog).toBe('gone')
    const answers = await others
    expect(answers.map(({ value, code }) => value ?? code)).toEqual([0, 1, 2, 3, 4, 5, 6])
    // Long before its processor time was used up.
    expect(Math.max(...answers.map(({ durationMs }) => durationMs))).toBeLessThan(4_000)
  })
})

describe('a function that has been quick and uses the stack', () => {
  const DEEP = `export function deep(wanted, speaks) {
    let reached = 0
    const go = () => {
      reached += 1
      if (reached < wanted) go()
      if (speaks && reached % 100 === 0) { setTimeout(() => undefined, 1e6); console.log(reached) }
    }
    try { go() } catch (error) { if (!(error instanceof RangeError)) throw error }
    return reached
  }`

  test('may recurse nearly as deeply as before, and what it calls there still works', async () => {
    const artifact = artifactOf({ work: DEEP }, [{ name: 'deep', module: 'work' }])
    await using deployed = await DeployedService.start(artifact, { EXECUTORS_PER_DEPLOYMENT: '1' })
    const { value: before } = await deployed.call('deep', [1e9, false])
    for (let calls = 0; calls < 20; calls++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect((await deployed.call('deep', [10, true])).value).toBe(10)
    }
    const { value: after } = await deployed.call('deep', [1e9, false])
    expect(after).toBeGreaterThan(0.7 * Number(before))
    for (let calls = 0; calls < 20; calls++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect((await deployed.call('deep', [10, true])).value).toBe(10)
    }
    const speaking = await deployed.call('deep', [1e9, true])
    expect(speaking.error).toBe('')
    expect(speaking.value).toBeGreaterThan(0.5 * Number(before))
  })
})
