// Which call is of which instance, in which order, and when instances end: over an executor without processes.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ExecuteOptions } from '../../src/core/executor.ts'
import { notRun } from '../../src/core/outcome.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import type { Task } from '../../src/core/task.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { ClassInstances } from '../../src/pool/instances/class-instances.ts'
import type { ClassInstancesOptions } from '../../src/pool/instances/class-instances.ts'
import { failed, returned } from '../support/fake-executor.ts'

const LIMITS = { wallMs: 1_000, cpuMs: 500, memoryMb: 64, inputBytes: 1_000, outputBytes: 1_000, logBytes: 100 }
const INPUT = { format: 'json', text: '{"args":[],"kwargs":{}}' } as const
const LIVE = { mode: 'live', language: 'javascript', code: 'class C {}' } as const
const IDLE_MS = 60_000
const HOUR_MS = 3_600_000

interface Asked {
  readonly id?: string | null
  readonly isNew?: boolean
  readonly tenant?: string
  readonly className?: string
  /** A version of a deployment; otherwise the class comes with the request. */
  readonly deployment?: string
  readonly memoryMb?: number
  readonly signal?: AbortSignal
}

interface Begun {
  readonly task: Task
  readonly options: ExecuteOptions
  readonly end: (outcome: Outcome) => void
}

/** Whatever begins goes on until the test ends it. */
function create(options: Partial<ClassInstancesOptions> = {}) {
  const begun: Begun[] = []
  const dropped: string[] = []
  let drains = 0
  const executor = {
    execute: (task: Task, given: ExecuteOptions) =>
      new Promise<Outcome>((resolve) => {
        const giveUp = (): void => resolve(notRun({ code: 'CANCELLED', message: 'x' }))
        given.signal.addEventListener('abort', giveUp, { once: true })
        begun.push({ task, options: given, end: resolve })
      }),
    dropInstance: (key: string) => void dropped.push(key),
    drain: async () => void drains++,
    [Symbol.asyncDispose]: async () => undefined,
  }
  const instances = new ClassInstances({
    executor,
    instancesMax: 3,
    instanceIdleMs: IDLE_MS,
    waiting: 100,
    queueMs: 500,
    now: () => Date.now(),
    ...options,
  })
  const outcomes = new Map<string, Outcome>()
  let last = 0
  const ask = (asked: Asked = {}): string => {
    const { id = 'a', isNew = false, tenant = 'default', className = 'C', deployment, memoryMb = 64 } = asked
    const { signal = new AbortController().signal } = asked
    const module = { name: 'm', kind: 'script', code: '', hash: 'hash', fileName: 'm.js' } as const
    const source = deployment === undefined ? LIVE : ({ mode: 'flash', deployment, module, maxConcurrency: 1 } as const)
    const invocation = {
      kind: 'function',
      source,
      name: className,
      method: { name: 'm' },
      instance: { id, isNew },
      input: INPUT,
    } as const
    const task: Task = { id: `task-${++last}`, tenant, limits: { ...LIMITS, memoryMb }, invocation }
    void instances.execute(task, { signal }).then((outcome) => outcomes.set(task.id, outcome))
    return task.id
  }
  const find = (taskId: string): Begun => {
    const found = begun.find(({ task }) => task.id === taskId)
    if (found === undefined) throw new Error(`${taskId} has not begun`)
    return found
  }
  const hasBegun = (taskId: string): boolean => begun.some(({ task }) => task.id === taskId)
  const keyOf = (taskId: string): string => find(taskId).task.instance?.key ?? ''
  /** The call is in an executor and comes back. */
  const end = async (taskId: string, outcome?: Outcome): Promise<void> => {
    const { options: given, task, end: settle } = find(taskId)
    given.onStart?.()
    const made = task.instance?.isFirst === true ? ({ madeInstance: true } as const) : {}
    settle(outcome ?? { ...returned('1'), ...made })
    await tick()
  }
  const make = async (asked: Asked = {}): Promise<string> => {
    const id = ask({ isNew: true, ...asked })
    await end(id)
    return keyOf(id)
  }
  return { instances, ask, end, make, begun, hasBegun, keyOf, find, dropped, outcomes, drains: () => drains }
}

const tick = async (ms = 0): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms)
}
const codeOf = (outcome: Outcome | undefined): string =>
  outcome === undefined ? 'pending' : outcome.ok ? 'ok' : outcome.failure.code
const messageOf = (outcome: Outcome | undefined): string =>
  outcome === undefined || outcome.ok ? '' : outcome.failure.message
const limited = (code: ErrorCode): Outcome => failed({ code, message: 'x' })

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the calls of an instance', () => {
  test('begin one after the other, in the order of their coming', async () => {
    const { ask, end, make, begun, hasBegun, outcomes } = create()
    const key = await make()
    const ids = [ask(), ask(), ask()]
    const order: string[] = []
    for (const id of ids) {
      expect(ids.filter((one) => hasBegun(one) && !outcomes.has(one))).toEqual([id])
      order.push(id)
      // oxlint-disable-next-line no-await-in-loop -- each begins when the one before it has ended
      await end(id)
    }
    expect(order).toEqual(ids)
    expect(begun.slice(1).map(({ task }) => task.instance)).toEqual(ids.map(() => ({ key, isFirst: false })))
    expect(outcomes.get(ids[2] ?? '')).toMatchObject({ instance: { id: 'a', className: 'C', methodCalls: 4 } })
  })

  test('wait for the first one, which makes it', async () => {
    const { ask, end, hasBegun, keyOf } = create()
    const [first, second] = [ask(), ask()]
    expect(hasBegun(second)).toBe(false)
    await end(first)
    expect(keyOf(second)).toBe(keyOf(first))
  })

  test('of different instances go on together', async () => {
    const { ask, hasBegun } = create()
    const ids = [ask({ id: 'a' }), ask({ id: 'b' }), ask({ id: 'c' })]
    expect(ids.map(hasBegun)).toEqual([true, true, true])
  })

  test('have the memory that the first one asked for', async () => {
    const { ask, make, find } = create()
    await make({ memoryMb: 16 })
    expect(find(ask({ memoryMb: 64 })).task.limits.memoryMb).toBe(16)
  })

  test('that wait end with what ends waiting: time, the client, a full queue', async () => {
    const { ask, hasBegun, outcomes } = create({ waiting: 2 })
    const controller = new AbortController()
    const running = ask()
    const [cancelled, late, refused] = [ask({ signal: controller.signal }), ask(), ask()]
    await tick()
    expect(messageOf(outcomes.get(refused))).toBe('2 requests wait already; the limit is 2.')
    controller.abort()
    await tick()
    expect(codeOf(outcomes.get(cancelled))).toBe('CANCELLED')
    await tick(500)
    expect(codeOf(outcomes.get(late))).toBe('QUEUE_TIMEOUT')
    expect([cancelled, late, refused].map(hasBegun)).toEqual([false, false, false])
    expect(codeOf(outcomes.get(running))).toBe('pending')
  })

  test("are nobody else's: tenants, endpoints and requests with code have ids of their own", async () => {
    const { make, ask, keyOf, end } = create()
    const made = [
      await make(),
      await make({ tenant: 'other' }),
      await make({ deployment: 'one@1' }),
      await make({ deployment: 'two@1' }),
    ]
    const found = [ask(), ask({ tenant: 'other' }), ask({ deployment: 'one@1' }), ask({ deployment: 'two@1' })]
    expect(found.map(keyOf)).toEqual(made)
    expect(new Set(made).size).toBe(4)
    await Promise.all(found.map((id) => end(id)))
  })

  test('that nobody named get a name that is made up', async () => {
    const { ask, end, outcomes } = create()
    const id = ask({ id: null, isNew: true, className: 'Counter' })
    await end(id)
    expect(outcomes.get(id)?.instance?.id).toMatch(/^Counter_[0-9a-f]{8}$/u)
  })
})

describe('an instance', () => {
  test('takes the place of the one before it when its constructor has returned, and not before', async () => {
    const { ask, end, make, dropped, keyOf, hasBegun } = create()
    const before = await make()
    const broken = ask({ isNew: true })
    await end(broken, failed({ code: 'GUEST_THREW', message: 'no' }))
    expect(dropped).toEqual([keyOf(broken)])
    const next = ask({ isNew: true })
    await end(next)
    expect(dropped).toEqual([keyOf(broken), before])
    const found = ask()
    expect([hasBegun(found), keyOf(found)]).toEqual([true, keyOf(next)])
  })

  test('of another class is not called, and its own class finds it still', async () => {
    const { ask, make, outcomes, keyOf } = create()
    const key = await make()
    const wrong = ask({ className: 'D' })
    await tick()
    expect(codeOf(outcomes.get(wrong))).toBe('REQUEST_INVALID')
    expect(keyOf(ask())).toBe(key)
  })

  test('is told as lost with reason, time and code, and is made only by who asks for a new one', async () => {
    const { instances, ask, end, make, outcomes, hasBegun } = create()
    const key = await make()
    const fatal = ask()
    await end(fatal, limited('LIMIT_CPU'))
    instances.ended(key, { why: 'a call of it had to be stopped', isByCall: true })
    await tick(2_000)
    const asked = [ask(), ask()]
    await tick()
    for (const id of asked) {
      expect(codeOf(outcomes.get(id))).toBe('INSTANCE_LOST')
      expect(messageOf(outcomes.get(id))).toMatch(
        /^Instance 'a' of class 'C' was lost 2 s ago, at \S+Z: a call of it had to be stopped \(LIMIT_CPU\)\. create_new_instance true makes it anew\.$/u,
      )
    }
    await make()
    expect(hasBegun(ask())).toBe(true)
  })

  test.each([
    ['before its call is answered', true],
    ['after its call is answered', false],
  ])('that ended %s names the code of that call', async (_title, isEarly) => {
    const { instances, ask, end, make, find, outcomes } = create()
    const key = await make()
    const fatal = ask()
    find(fatal).options.onStart?.()
    if (isEarly) instances.ended(key, { why: 'it used more memory than it may', isByCall: true })
    await end(fatal, limited('LIMIT_MEMORY'))
    if (!isEarly) instances.ended(key, { why: 'it used more memory than it may', isByCall: true })
    expect(codeOf(outcomes.get(fatal))).toBe('LIMIT_MEMORY')
    expect(outcomes.get(fatal)?.instance).toBeUndefined()
    const asked = ask()
    await tick()
    expect(messageOf(outcomes.get(asked))).toContain('it used more memory than it may (LIMIT_MEMORY)')
  })

  test('that ended late, when the next call of it was on its way, names the code of the one before', async () => {
    const { instances, ask, end, make, find, outcomes } = create()
    const key = await make()
    await end(ask(), limited('LIMIT_CPU'))
    const next = ask()
    find(next).options.onStart?.()
    instances.ended(key, { why: 'a call of it had to be stopped', isByCall: true })
    await end(next, failed({ code: 'INSTANCE_LOST', message: 'The instance has ended.' }))
    expect(messageOf(outcomes.get(next))).toContain('a call of it had to be stopped (LIMIT_CPU)')
  })

  test('that ended while a call waited for its executor is lost for that call, too', async () => {
    const { instances, ask, make, outcomes } = create()
    const key = await make()
    const waiting = ask()
    instances.ended(key, { why: 'its process ended with signal SIGKILL', isByCall: false })
    await tick()
    expect(codeOf(outcomes.get(waiting))).toBe('INSTANCE_LOST')
    expect(messageOf(outcomes.get(waiting))).toContain('its process ended with signal SIGKILL')
  })

  test('that the executor does not find any more is told with what is known of its end', async () => {
    const { instances, ask, end, make, find, outcomes } = create()
    const key = await make()
    const late = ask()
    find(late).options.onStart?.()
    instances.ended(key, { why: 'it used more memory than it may', isByCall: true })
    await end(late, failed({ code: 'INSTANCE_LOST', message: 'The instance has ended.' }))
    expect(messageOf(outcomes.get(late))).toContain('it used more memory than it may')
  })

  test('stays when a call ends with a limit that it did not reach itself', async () => {
    const { ask, end, make, outcomes, keyOf } = create()
    const key = await make()
    await end(ask(), limited('LIMIT_WALL'))
    const next = ask()
    await end(next)
    expect(keyOf(next)).toBe(key)
    expect(outcomes.get(next)).toMatchObject({ ok: true, instance: { methodCalls: 2 } })
  })

  test('whose first call failed before it was made never was', async () => {
    const { ask, end, hasBegun, keyOf, dropped } = create()
    const first = ask()
    await end(first, limited('LIMIT_CPU'))
    expect(dropped).toEqual([keyOf(first)])
    const next = ask()
    expect([hasBegun(next), keyOf(next) === keyOf(first)]).toEqual([true, false])
  })
})

describe('bounds', () => {
  test('the least recently used one of the tenant makes room, and is told so', async () => {
    const { ask, end, make, dropped, outcomes } = create()
    const keys = [await make({ id: 'a' }), await make({ id: 'b' }), await make({ id: 'c' })]
    await make({ id: 'other', tenant: 'other' })
    await end(ask({ id: 'a' }))
    await make({ id: 'd' })
    expect(dropped).toEqual([keys[1]])
    const asked = ask({ id: 'b' })
    await tick()
    expect(messageOf(outcomes.get(asked))).toContain(': 3 others were used later, and the limit is 3.')
  })

  test('no instance that runs or is waited for makes room: a new one waits', async () => {
    const { ask, end, make, dropped, hasBegun, keyOf } = create({ instancesMax: 2 })
    await make({ id: 'a' })
    const running = [ask({ id: 'a' }), ask({ id: 'b' })]
    const waiting = ask({ id: 'a' })
    const next = [ask({ id: 'c' }), ask({ id: 'd' })]
    await tick()
    expect([...running, waiting, ...next].map(hasBegun)).toEqual([true, true, false, false, false])
    await end(running[0] ?? '')
    expect([waiting, ...next].map(hasBegun)).toEqual([true, false, false])
    await end(waiting)
    expect(next.map(hasBegun)).toEqual([true, false])
    expect(dropped).toEqual([keyOf(running[0] ?? '')])
    await end(running[1] ?? '')
    expect(next.map(hasBegun)).toEqual([true, true])
  })

  test('one that takes the place of another needs no room', async () => {
    const { ask, end, make, dropped, hasBegun } = create({ instancesMax: 1 })
    const key = await make()
    const next = ask({ isNew: true })
    expect(hasBegun(next)).toBe(true)
    await end(next)
    expect(dropped).toEqual([key])
  })

  test('one that is not called ends after its idle time, one that runs does not', async () => {
    const { ask, make, dropped, outcomes, find, end } = create({ queueMs: 10 * IDLE_MS })
    const key = await make({ id: 'a' })
    await make({ id: 'b' })
    const running = ask({ id: 'b' })
    await tick(2 * IDLE_MS)
    expect(dropped).toEqual([key])
    const asked = ask({ id: 'a' })
    await tick()
    expect(messageOf(outcomes.get(asked))).toContain(`it was not called for ${IDLE_MS} ms`)
    await end(running)
    expect(find(ask({ id: 'b' })).task.instance?.isFirst).toBe(false)
  })

  test('of ten thousand names only the last 1 024 are remembered as lost, and none after an hour', async () => {
    const { ask, end, make, outcomes, find } = create({ instancesMax: 1 })
    for (let index = 0; index < 10_000; index++) {
      // oxlint-disable-next-line no-await-in-loop -- each takes the place of the one before it
      await make({ id: `id-${index}` })
    }
    const isLost = async (index: number): Promise<boolean> => {
      const id = ask({ id: `id-${index}` })
      await tick()
      if (outcomes.has(id)) return codeOf(outcomes.get(id)) === 'INSTANCE_LOST'
      const { isFirst } = find(id).task.instance ?? {}
      await end(id, limited('LIMIT_CPU'))
      return isFirst !== true
    }
    expect(await isLost(9_998)).toBe(true)
    expect(await isLost(9_999 - 1_024)).toBe(true)
    expect(await isLost(9_999 - 1_026)).toBe(false)
    await tick(HOUR_MS + 1)
    expect(await isLost(9_998)).toBe(false)
  })
})

describe('the end', () => {
  test("of a version of a deployment is that of its instances, and of nobody else's", async () => {
    const { instances, ask, make, dropped, outcomes, hasBegun } = create({ instancesMax: 10 })
    const old = await make({ deployment: 'one@1' })
    await make({ deployment: 'two@1' })
    await make()
    instances.retire('default', 'one@1')
    expect(dropped).toEqual([old])
    const asked = ask({ deployment: 'one@2' })
    await tick()
    expect(messageOf(outcomes.get(asked))).toContain('another version of its deployment took over')
    expect([ask({ deployment: 'two@1' }), ask()].map(hasBegun)).toEqual([true, true])
  })

  test('of a version is also seen by a call of the next one that comes first', async () => {
    const { ask, make, dropped, outcomes } = create()
    const old = await make({ deployment: 'one@1' })
    const asked = ask({ deployment: 'one@2' })
    await tick()
    expect(dropped).toEqual([old])
    expect(codeOf(outcomes.get(asked))).toBe('INSTANCE_LOST')
  })

  test('of the service waits for what goes on and for what waits, and takes nothing new', async () => {
    const { instances, ask, end, outcomes, drains } = create()
    const [first, second] = [ask(), ask()]
    let isOver = false
    void instances.drain(60_000).then(() => (isOver = true))
    const refused = ask()
    await tick()
    expect([codeOf(outcomes.get(refused)), isOver, drains()]).toEqual(['DRAINING', false, 0])
    await end(first)
    expect(isOver).toBe(false)
    await end(second)
    expect([codeOf(outcomes.get(second)), isOver, drains()]).toEqual(['ok', true, 1])
  })

  test('of the service answers what waits', async () => {
    const { instances, ask, outcomes } = create()
    ask()
    const waiting = ask()
    await instances[Symbol.asyncDispose]()
    await tick()
    expect(codeOf(outcomes.get(waiting))).toBe('DRAINING')
  })
})

test('a task that is of no instance goes straight through', async () => {
  const { instances, begun } = create()
  const invocation = { kind: 'function', source: LIVE, name: 'f', input: INPUT } as const
  const task: Task = { id: 'plain', tenant: 'default', limits: LIMITS, invocation }
  void instances.execute(task, { signal: new AbortController().signal })
  await tick()
  expect(begun[0]?.task).toBe(task)
})
