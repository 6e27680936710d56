// What one task does to others: many hostile tasks at once, tasks that were abandoned, memory that the process keeps.
import { afterEach, describe, expect, it } from 'vitest'
import type { ExecuteAnswer } from '../support/keep-alive-client.ts'
import { Sentinel } from '../support/sentinel.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { expectRecovery } from './hostile-suite.ts'

let service: ServiceProcess

afterEach(async () => service[Symbol.asyncDispose]())

const EXECUTORS = { EXECUTORS_MIN: '3', EXECUTORS_MAX: '3', EXECUTORS_SPARE: '1' }
const NATIVE = 'Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)'
const PROXY = 'new Proxy(new Error, { get() { for (;;); }, getPrototypeOf() { for (;;); } })'
const STACK =
  'let d = 0; (function f() { try { f() } catch {} if (d++ < 400) { try { eval("((((((1))))))+`${1}`") } catch {} } })()'

/** One of each kind, with the code that it ends with. */
const STORM: readonly (readonly [body: string, code: string | null, wallMs?: number])[] = [
  ['for (;;);', 'LIMIT_CPU'],
  [NATIVE, 'LIMIT_CPU'],
  [`throw ${PROXY}`, 'LIMIT_CPU'],
  [STACK, 'EXECUTOR_LOST'],
  ['const k = []; for (;;) k.push([1])', 'LIMIT_MEMORY'],
  ['Array.prototype.toSorted.call({ length: 2 ** 32 - 1 })', 'LIMIT_MEMORY'],
  ['"x".repeat(2 ** 28).match(/x/g)', 'LIMIT_MEMORY'],
  ['return new Promise(() => {})', 'LIMIT_WALL', 500],
  [`Promise.reject(${PROXY}); return 1`, null],
  ['throw new Error("x")', 'GUEST_THREW'],
]

describe('many hostile tasks at once', () => {
  it('each get their code, while a healthy client loses nothing', async () => {
    service = await ServiceProcess.start({ env: EXECUTORS })
    await expectRecovery(service)
    await using sentinel = await Sentinel.create(service.url)
    await sentinel.start()
    const answers = await Promise.all(
      [...STORM, ...STORM].map(async ([body, code, wallMs = 15_000]) => {
        const limits = { cpuMs: 800, wallMs, memoryMb: 32 }
        const answer = await service.client.execute({ source: `function run() { ${body} }`, limits })
        return { body, expected: code, status: answer.status, code: answer.code }
      }),
    )
    await sentinel.callsMore(10)
    const report = await sentinel.stop()
    for (const { body, expected, status, code } of answers) {
      expect(status, body).toBe(200)
      expect(code, body).toBe(expected)
    }
    expect(report.lost).toEqual([])
    expect(report.pings.percentile99Ms).toBeLessThan(100)
    expect(report.pings.maxMs).toBeLessThan(1_000)
    await expectRecovery(service)
  })
})

describe('a client that goes away', () => {
  it.each([
    ['sleeps', 'return new Promise((done) => setTimeout(done, 20_000))'],
    ['loops', 'for (;;);'],
    ['stays in a built-in function', NATIVE],
    ['loops in an error', `throw ${PROXY}`],
  ])('ends its task when the task %s', async (_what, body) => {
    service = await ServiceProcess.start({ env: EXECUTORS })
    await expectRecovery(service)
    const gone = new AbortController()
    const live = { source: `function run() { ${body} }`, limits: { cpuMs: 20_000, wallMs: 20_000 } }
    const left = service.client.execute(live, gone.signal).catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 150))
    gone.abort()
    expect(await left).toBeInstanceOf(Error)
    await expectRecovery(service)
    const lastLine = (): unknown => service.log.findLast((entry) => entry['route'] === '/execute')
    await expect.poll(lastLine).toMatchObject({ code: 'CANCELLED' })
  })
})

describe('memory that a process keeps between tasks', () => {
  it('is not held against the next task', async () => {
    service = await ServiceProcess.start({
      env: { EXECUTORS_MIN: '1', EXECUTORS_MAX: '1', EXECUTORS_SPARE: '0', MEMORY_MB: '128' },
    })
    const honest = [
      'for (let i = 0; i < 2.3e6; i++) k.push({ i })',
      'for (let i = 0; i < 100; i++) k.push(new Uint8Array(1 << 20).fill(1))',
      'for (let i = 0; i < 3e3; i++) k.push(new Uint8Array(3e4).fill(1))',
      'for (let i = 0; i < 2.3e6; i++) k.push({ i })',
      'for (let i = 0; i < 100; i++) k.push(new Uint8Array(1 << 20).fill(1))',
      'for (let i = 0; i < 90; i++) k.push(("x" + i).repeat(5e5).split("").length)',
    ]
    const answers: ExecuteAnswer[] = []
    for (let round = 0; round < 24; round++) {
      const source = `function run() { const k = []; ${honest[round % honest.length]}; return 1 }`
      // oxlint-disable-next-line no-await-in-loop -- one after the other, in one process
      answers.push(await service.client.execute({ source, limits: { wallMs: 20_000 } }))
    }
    expect(answers.flatMap(({ code, error }) => (code === null ? [] : [error]))).toEqual([])
  })
})
