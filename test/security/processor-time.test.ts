// The processor limit counts processor time: on a crowded machine nobody is stopped early, and waiting costs nothing.
import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cpuMs } from '../support/processes.ts'
import { ServiceProcess } from '../support/service-process.ts'
import type { LogLine } from '../support/service-process.ts'
import { observeVictim } from './bare-isolate.ts'

const BUSY_LOOPS = 4
const LIMIT_MS = 500
/** The least that a task must have used when it is stopped. */
const LEAST_MS = 450

let service: ServiceProcess
let busy: readonly { readonly kill: () => boolean }[] = []

// One executor, so that its processor time is that of the task.
beforeAll(async () => {
  service = await ServiceProcess.start({ env: { EXECUTORS_MIN: '1', EXECUTORS_MAX: '1', EXECUTORS_SPARE: '0' } })
  await service.client.execute({ source: 'const run = () => 1' })
  busy = Array.from({ length: BUSY_LOOPS }, () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => process.exit(), 60_000); for (;;);'], {
      stdio: 'ignore',
    })
    return { kill: () => child.kill('SIGKILL') }
  })
})
afterAll(async () => {
  for (const child of busy) child.kill()
  await service[Symbol.asyncDispose]()
})

describe('with four busy loops on the machine', () => {
  it('a bare timeout would stop a task before it has used its time', async () => {
    const source = 'const start = Date.now(); let turns = 0; while (Date.now() - start < 5_000) turns++; turns'
    const observed = await observeVictim({ source, timeoutMs: LIMIT_MS, waitMs: 3_000 })
    expect(observed.text).toBe('Script execution timed out.')
  })

  it('a task is not stopped before it has used its time', async () => {
    const [pid = 0] = service.executorPids()
    const before = cpuMs(pid)
    const limits = { cpuMs: LIMIT_MS, wallMs: 20_000 }
    const answer = await service.client.execute({ source: 'function run() { for (;;); }', limits })
    const used = cpuMs(pid) - before
    expect(answer.code, answer.error).toBe('LIMIT_CPU')
    expect(used).toBeGreaterThanOrEqual(LEAST_MS)
  })

  it('a task that finishes within its time is not stopped, however long it takes', async () => {
    const source = `function run() { let turns = 0; for (let i = 0; i < 2e8; i++) turns ^= i; return typeof turns }`
    const answer = await service.client.execute({ source, limits: { cpuMs: 3_000, wallMs: 20_000 } })
    expect(answer).toMatchObject({ code: null, value: 'number' })
  })

  it('a task that sleeps is charged nearly nothing', async () => {
    const source = 'const run = () => new Promise((done) => setTimeout(done, 1_500, "slept"))'
    const answer = await service.client.execute({ source, limits: { cpuMs: 60, wallMs: 20_000 } })
    expect(answer).toMatchObject({ code: null, value: 'slept' })
    const lastLine = (): LogLine | undefined => service.log.findLast((entry) => entry['route'] === '/execute')
    await expect.poll(() => lastLine()?.['wallMs']).toBeGreaterThan(1_400)
    expect(lastLine()?.['cpuMs']).toBeLessThan(40)
  })

  it('a task that computes for a few milliseconds at a time is stopped when it has used its time', async () => {
    const slice = 'const until = Date.now() + 5; while (Date.now() < until);'
    const source = `const run = () => new Promise(() => setInterval(() => { ${slice} }, 10))`
    const [pid = 0] = service.executorPids()
    const before = cpuMs(pid)
    const limits = { cpuMs: LIMIT_MS, wallMs: 20_000 }
    const answer = await service.client.execute({ source, limits })
    const used = cpuMs(pid) - before
    expect(answer.code, answer.error).toBe('LIMIT_CPU')
    expect(used).toBeGreaterThanOrEqual(LEAST_MS)
  })

  it('a task is not charged for what the one before it left to clean up', async () => {
    const source = 'function run() { const k = []; for (let i = 0; i < 1e6; i++) k.push({ i }); return k.length }'
    const sleeping = 'const run = () => new Promise((done) => setTimeout(done, 200, "slept"))'
    const [first, second] = await Promise.all([
      service.client.execute({ source, limits: { cpuMs: 5_000, wallMs: 20_000 } }),
      service.client.execute({ source: sleeping, limits: { cpuMs: 80, wallMs: 20_000 } }),
    ])
    expect(first).toMatchObject({ code: null })
    expect(second, second.error).toMatchObject({ code: null, value: 'slept' })
  })
})
