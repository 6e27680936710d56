// How the service ends: in order when it is told to, and without leaving a process when it is killed.
import { afterEach, describe, expect, it } from 'vitest'
import type { ExecuteAnswer, LiveRequest } from '../support/keep-alive-client.ts'
import { isAlive } from '../support/processes.ts'
import { ServiceProcess, waitFor } from '../support/service-process.ts'

const GONE_MS = 1_000
const LIMITS = { cpuMs: 20_000, wallMs: 20_000, memoryMb: 64 }

let service: ServiceProcess | undefined

afterEach(async () => {
  await service?.[Symbol.asyncDispose]()
  service = undefined
})

/** Processor time shows that a guest is under way; a sleeping one is known by what the service says of itself. */
async function isRunning(running: ServiceProcess, tasks: number): Promise<void> {
  const counted = async (): Promise<boolean> => {
    const { workers } = JSON.parse((await running.client.get('/health')).text) as { workers: { running: number } }
    return workers.running >= tasks
  }
  await waitFor(counted, 3_000, `${tasks} tasks never ran`)
}

/** The answer, or null when the connection broke. */
async function answerOf(running: ServiceProcess, live: LiveRequest): Promise<ExecuteAnswer | null> {
  return running.client.execute(live).catch(() => null)
}

const SLEEP = 'const run = (ms) => new Promise((done) => setTimeout(done, ms, "slept"))'
const SPIN = 'function run() { for (;;); }'
const STUCK = 'function run() { Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1) }'

describe('when the service is killed', () => {
  it('none of its processes is left after a second, whatever they are doing', async () => {
    service = await ServiceProcess.start({ env: { EXECUTORS_MAX: '3', EXECUTORS_SPARE: '1' } })
    const killed = service
    await killed.client.execute({ source: 'const run = (): number => 1', language: 'typescript' })
    const answers = [SPIN, STUCK, SLEEP].map((source) => answerOf(killed, { source, args: [10_000], limits: LIMITS }))
    await isRunning(killed, 3)
    const processes = killed.descendants()
    expect(killed.executorPids().length).toBeGreaterThanOrEqual(3)
    expect(processes.length).toBeGreaterThan(killed.executorPids().length)
    process.kill(killed.pid, 'SIGKILL')
    await waitFor(() => !processes.some(isAlive), GONE_MS, `left: ${processes.filter(isAlive).join()}`)
    expect(await Promise.all(answers)).toEqual([null, null, null])
  })
})

describe.each(['SIGTERM', 'SIGINT'] as const)('when the service gets %s', (signal) => {
  it('a running task finishes, new work is refused, and the service ends with 0 and leaves nothing', async () => {
    service = await ServiceProcess.start({ env: { EXECUTORS_MAX: '2' } })
    const running = answerOf(service, { source: SLEEP, args: [700] })
    await isRunning(service, 1)
    const processes = service.descendants()
    process.kill(service.pid, signal)
    await waitFor(
      async () => (await answerOf(ended(), { source: SLEEP, args: [0] }))?.status !== 200,
      500,
      'work is still taken',
    )
    expect(await running).toMatchObject({ status: 200, value: 'slept' })
    expect(await service.exited).toEqual({ code: 0, signal: null })
    await waitFor(() => !processes.some(isAlive), GONE_MS, 'processes are left')
  })

  it('a task that does not end meets its limit, also where only SIGKILL ends it', async () => {
    service = await ServiceProcess.start({ env: { EXECUTORS_MAX: '2' } })
    const limits = { cpuMs: 400, wallMs: 20_000 }
    const running = [SPIN, STUCK].map((source) => answerOf(ended(), { source, limits }))
    await isRunning(service, 2)
    const processes = service.descendants()
    process.kill(service.pid, signal)
    for (const answer of await Promise.all(running)) expect(answer).toMatchObject({ status: 200, code: 'LIMIT_CPU' })
    expect(await service.exited).toEqual({ code: 0, signal: null })
    await waitFor(() => !processes.some(isAlive), GONE_MS, 'processes are left')
  })
})

describe('Ctrl-C in a terminal', () => {
  it('reaches every process of the group, and still lets the running task finish', async () => {
    service = await ServiceProcess.start({ env: { EXECUTORS_MAX: '2' }, isDetached: true })
    const running = answerOf(service, { source: SLEEP, args: [500] })
    await isRunning(service, 1)
    process.kill(-service.pid, 'SIGINT')
    expect(await running).toMatchObject({ status: 200, value: 'slept' })
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  it('ends the service at once when it is pressed again after a second', async () => {
    service = await ServiceProcess.start({ env: { EXECUTORS_MAX: '2' }, isDetached: true })
    const running = answerOf(service, { source: SLEEP, args: [15_000] })
    await isRunning(service, 1)
    const processes = service.descendants()
    process.kill(-service.pid, 'SIGINT')
    // What comes within a second of the first is the same key press, passed on by a launcher.
    process.kill(-service.pid, 'SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    expect(isAlive(service.pid)).toBe(true)
    process.kill(-service.pid, 'SIGINT')
    expect(await service.exited).toEqual({ code: null, signal: 'SIGKILL' })
    expect(await running).toBeNull()
    await waitFor(() => !processes.some(isAlive), GONE_MS, 'processes are left')
  })
})

function ended(): ServiceProcess {
  if (service === undefined) throw new Error('there is no service')
  return service
}
