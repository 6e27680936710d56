// An executor under somebody else's control: a real process that says what it likes on its channel. The service loses it, and
// nothing more.
import { afterEach, describe, expect, it } from 'vitest'
import { logExecutorEvent } from '../../src/cli/log-executor-event.ts'
import type { ExecuteOptions } from '../../src/core/executor.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import type { CallRemote } from '../../src/core/remote-call.ts'
import type { Task } from '../../src/core/task.ts'
import { ExecutorPool } from '../../src/pool/executor-pool.ts'
import { startForkTransport } from '../../src/pool/fork-transport.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { deploymentOfModule } from '../support/deployed-parts.ts'
import { FakeBroker } from '../support/fake-broker.ts'
import { isAlive } from '../support/processes.ts'
import { waitFor } from '../support/service-process.ts'

const LIMITS = {
  wallMs: 1_000,
  cpuMs: 1_000,
  memoryMb: 64,
  inputBytes: 1_000,
  outputBytes: 1_000_000,
  logBytes: 10_000,
}
const MAX_FRAME_BYTES = LIMITS.outputBytes + LIMITS.logBytes + 65_536
/** What a front process that goes on serving others may miss of a turn. */
const STALL_MS = 150

/** The channel, and how to speak on it; `answer(value)` is what an honest executor says. */
const SPEAK = `
  const { writeSync, createReadStream } = process.getBuiltinModule('node:fs')
  const { Socket } = process.getBuiltinModule('node:net')
  const socket = new Socket({ fd: 3 })
  socket.on('close', () => process.exit()).on('error', () => process.exit())
  const frame = (header, ...parts) => {
    const bytes = parts.map((part) => Buffer.from(part))
    const sizes = bytes.map(({ length }) => ({ bytes: length, encoding: 'utf8' }))
    const text = JSON.stringify(parts.length === 0 ? header : { ...header, parts: sizes })
    const head = Buffer.from(text.replaceAll('"INFINITE"', '1e999'))
    const lengths = Buffer.alloc(8)
    lengths.writeUInt32BE(4 + head.length + bytes.reduce((sum, { length }) => sum + length, 0), 0)
    lengths.writeUInt32BE(head.length, 4)
    return Buffer.concat([lengths, head, ...bytes])
  }
  const say = (...what) => socket.write(frame(...what))
  let task
  const fail = (failure, log = '') => say({ type: 'settled', taskId: task, ok: false, isFree: true, ran: true, failure: { code: 'GUEST_THREW', message: '', ...failure }, cpuMs: 1, wallMs: 1, phases: {} }, log)
  const answer = (value, more) => say({ type: 'settled', taskId: task, ok: true, isFree: true, ran: true, failure: null, cpuMs: 1, wallMs: 1, phases: {}, ...more }, '', value)
  const remote = (requestId, more, args = '{}') => say({ type: 'remoteCall', taskId: task, requestId, name: 'f', ...more }, args)
  const HEAD = { method: 'POST', url: 'http://host.test/', headers: [], redirect: 'follow', hasBody: true }
  const open = (exchangeId, more) => say({ type: 'exchange', taskId: task, exchangeId, verb: 'open' }, JSON.stringify({ ...HEAD, ...more }))
  const exchange = (exchangeId, verb, more, ...parts) => say({ type: 'exchange', taskId: task, exchangeId, verb, ...more }, ...parts)
  const chunk = (value) => say({ type: 'chunk', taskId: task }, value)
  socket.on('data', (received) => {
    const id = /"type":"(?:run|call)","taskId":"([^"]+)"/.exec(received.toString('latin1'))
    const ping = /"type":"ping","sequence":(\\d+)/.exec(received.toString('latin1'))
    if (ping !== null && !isDeaf) say({ type: 'pong', sequence: Number(ping[1]) })
    if (id !== null) { task = id[1]; attack() }
  })
  let isDeaf = false
  say({ type: 'ready', confinement: [] })`

let pool: ExecutorPool | undefined
let logged = ''
const log = createLog({ level: 'info', destination: { write: (line) => void (logged += line) } })

afterEach(async () => {
  await pool?.[Symbol.asyncDispose]()
  pool = undefined
  logged = ''
})

/** One executor that does `attack` with its first task. */
function startPool(attack: string): { readonly pids: Set<number> } {
  const pids = new Set<number>()
  const plan = {
    command: process.execPath,
    args: ['-e', `${SPEAK}; function attack() { ${attack} }`],
    env: {},
    cwd: '/',
    needsPidLookup: false,
  }
  const find = (pid: number): number => {
    pids.add(pid)
    return pid
  }
  pool = new ExecutorPool({
    startExecutor: () => (handlers) =>
      startForkTransport({ plan, findPid: find, maxFrameBytes: () => MAX_FRAME_BYTES }, handlers),
    fallBack: () => false,
    executorsMin: 1,
    executorsMax: 1,
    moduleExecutorsMax: 1,
    executorsPerDeployment: 1,
    instanceExecutorsMax: 2,
    codeCacheCharacters: 0,
    executorsSpare: 0,
    executorMaxTasks: 0,
    executorMaxAgeMs: 3_600_000,
    waiting: 10,
    queueMs: 5_000,
    startMs: 5_000,
    heartbeatMs: 300,
    onEvent: (event) => logExecutorEvent(log, event),
    remote: { call: callRemote, callsMax: 4, bytesMax: 1_000_000 },
    egress: broker,
  })
  return { pids }
}

const callRemote: CallRemote = async ({ name }) => {
  asked.push(name)
  return { ok: true, shape: 'plain', text: '1' }
}
const asked: string[] = []
const PIECE = new Uint8Array(65_536)
const broker = new FakeBroker({
  '/': () => ({ body: Array.from({ length: 1_000 }, () => PIECE) }),
  '/stuck': (request) => {
    request.takes = new Promise(() => {})
    return {}
  },
})
let tasks = 0

const LIVE = { mode: 'live', language: 'javascript', code: 'function f() {}' } as const
const MODULE = { name: 'm', kind: 'script', code: '', hash: 'hash', fileName: 'm.js' } as const
const FLASH = { mode: 'flash', deployment: 'default@1', module: MODULE, maxConcurrency: 1 } as const
const DEPLOYMENT = deploymentOfModule(MODULE)
/** A call of code that may call other resources. */
const CALLER = { ...FLASH, origin: { deployment: DEPLOYMENT, resource: 'own' } } as const

async function run(more: Partial<Task['invocation']> = {}, options: Partial<ExecuteOptions> = {}): Promise<Outcome> {
  const input = { format: 'json', text: '{"args":[],"kwargs":{}}' } as const
  const invocation: Task['invocation'] = { kind: 'function', source: LIVE, name: 'f', input, ...more }
  const task: Task = { id: `task-${++tasks}`, tenant: 'default', limits: LIMITS, invocation }
  if (pool === undefined) throw new Error('there is no pool')
  return pool.execute(task, { signal: new AbortController().signal, ...options })
}

/** A task whose result may be a stream, and the chunks that got through; nobody takes one. */
async function stream(): Promise<{ readonly outcome: Outcome; readonly chunks: readonly string[] }> {
  const chunks: string[] = []
  const outcome = await run(
    { source: FLASH, mayStream: true },
    {
      onEvent: ({ value }) => {
        chunks.push(value)
        return new Promise(() => {})
      },
    },
  )
  return { outcome, chunks }
}

const codeOf = (outcome: Outcome): string => (outcome.ok ? 'ok' : outcome.failure.code)

/** The longest that this process, which stands for the front process, did not get to its timers while `work` went on. */
async function longestStallMs(work: Promise<unknown>): Promise<number> {
  let longestMs = 0
  let lastAt = performance.now()
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - lastAt)
    lastAt = performance.now()
  }, 5)
  await work
  clearInterval(timer)
  return longestMs
}

describe('an executor under the control of somebody else', () => {
  it('would be believed if it kept to the contract', async () => {
    startPool('answer("1")')
    expect(await run()).toMatchObject({ ok: true, value: '1' })
  })

  it('would be believed in a failure and a log, too', async () => {
    startPool('fail({ message: "m", stack: "s" }, "printed")')
    expect(await run()).toMatchObject({ stdout: 'printed', failure: { code: 'GUEST_THREW', message: 'm', stack: 's' } })
  })

  it.each([
    ['says more than a failure has room for', 'fail({ message: "x".repeat(100_000) })'],
    ['shows a stack without an end', 'fail({ stack: "x".repeat(100_000) })'],
    ['has printed more than the task may, and fails', 'fail({}, "x".repeat(100_000))'],
    [
      'has printed more than the task may',
      'say({ type: "settled", taskId: task, ok: true, isFree: true, ran: true, failure: null, cpuMs: 1, wallMs: 1, phases: {} }, "x".repeat(100_000), "1")',
    ],
    ['puts more than a value into its answer', 'answer(`1,"error":"forged"`)'],
    ['has used processor time without an end', 'answer("1", { cpuMs: "INFINITE" })'],
    ['has used time without an end', 'answer("1", { wallMs: "INFINITE" })'],
    ['was without an end in a phase', 'answer("1", { phases: { callMs: "INFINITE" } })'],
    ['tells of a limit without an end', 'fail({ code: "LIMIT_CPU", limit: "INFINITE" })'],
    ['tells of a use without an end', 'fail({ code: "LIMIT_CPU", used: "INFINITE" })'],
    ['answers twice', 'answer("1"); answer("2")', 'ok'],
    ['answers for somebody else', 'answer("1", { taskId: "another" })'],
    ['says that the service lost it', 'answer("1", { ok: false, failure: { code: "EXECUTOR_LOST", message: "" } })'],
    ['names a size that no frame has', 'socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1]))'],
    [
      'claims that its header is longer than its frame',
      'socket.write(Buffer.from([0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))',
    ],
    ['claims parts of less than nothing', 'say({ type: "idle", parts: [{ bytes: -1, encoding: "utf8" }] })'],
    ['sends text that is no JSON', 'socket.write(Buffer.from("\\0\\0\\0\\x08\\0\\0\\0\\x04nope"))'],
    ['closes its channel', 'socket.destroy()'],
    ['answers a ping that nobody sent', 'say({ type: "pong", sequence: 0 }); answer("1")'],
    [
      'answers each ping twice',
      'socket.on("data", (chunk) => { const ping = /"ping","sequence":(\\d+)/.exec(chunk); if (ping) say({ type: "pong", sequence: Number(ping[1]) }) })',
    ],
    ['says again and again that it is free', 'for (let i = 0; i < 10; i++) say({ type: "idle" }); answer("1")'],
  ])('that %s is ended', async (_what, attack, code = 'EXECUTOR_LOST') => {
    const { pids } = startPool(attack)
    expect(codeOf(await run())).toBe(code)
    await waitFor(() => pids.size >= 2, 3_000, 'it was never replaced')
    const [first = 0] = pids
    expect(isAlive(first)).toBe(false)
  })

  it.each([
    ['its end', 'say({ type: "doomed", reason: "SECRET" })'],
    ['the end of an isolate', 'say({ type: "retired", hash: "hash", reason: "SECRET" })'],
    ['a module that it has not', 'say({ type: "retired", hash: "SECRET", reason: "calls" })'],
    ['things that executors do not say', 'say({ type: "SECRET" })'],
    ['more than executors say', 'answer("1", { SECRET: "SECRET" })'],
    ['a code that is none', 'answer("1", { ok: false, failure: { code: "SECRET", message: "SECRET" } })'],
    ['its layers again', 'say({ type: "ready", confinement: ["SECRET"] })'],
    ['text that is no JSON', 'socket.write(Buffer.from("\\0\\0\\0\\x0a\\0\\0\\0\\x06SECRET"))'],
    ['a value that is none', 'answer("SECRET")'],
    ['something on its standard error', 'writeSync(2, "SECRET"); process.kill(process.pid, "SIGKILL")'],
  ])('that says %s gets no text of its own into the log', async (_what, attack) => {
    startPool(attack)
    expect(codeOf(await run({ source: FLASH }))).toBe('EXECUTOR_LOST')
    await waitFor(() => logged.includes('"executor ended"'), 3_000, 'its end was never logged')
    expect(logged).not.toContain('SECRET')
  })

  it('would be believed as well with a stream that keeps to the contract', async () => {
    startPool('chunk("1"); chunk("[2]"); answer("", { chunks: 2 })')
    expect(await stream()).toMatchObject({ outcome: { ok: true, value: '', chunks: 2 }, chunks: ['1', '[2]'] })
  })

  it.each([
    ['sends a chunk that is no JSON', 'chunk("1,2"); answer("", { chunks: 1 })', 0],
    ['sends a chunk of two lines', 'chunk("[1,\\n2]"); answer("", { chunks: 1 })', 0],
    ['ends the line of a chunk', 'chunk("1\\r"); answer("", { chunks: 1 })', 0],
    ['sends a chunk without a value', 'say({ type: "chunk", taskId: task }); answer("", { chunks: 1 })', 0],
    ['sends a chunk for somebody else', 'say({ type: "chunk", taskId: "another" }, "1"); answer("", { chunks: 1 })', 0],
    ['sends a chunk above the limit', 'chunk(JSON.stringify("x".repeat(1_000_001))); answer("", { chunks: 1 })', 0],
    [
      'sends chunks that are above the limit together',
      'const half = JSON.stringify("x".repeat(600_000)); chunk(half); chunk(half); answer("", { chunks: 2 })',
      1,
    ],
    ['sends more than there is room for', 'for (let n = 0; n < 1000; n++) chunk("1"); answer("", { chunks: 1000 })', 4],
    ['says that there were more chunks', 'chunk("1"); answer("", { chunks: 2 })', 1],
    ['says that there was no stream', 'chunk("1"); answer("1")', 1],
    ['ends a stream with a value', 'answer("1", { chunks: 0 })', 0],
    [
      'says of a failure that it was a stream',
      'answer("", { ok: false, chunks: 0, failure: { code: "GUEST_THREW", message: "" } })',
      0,
    ],
    ['sends a chunk behind its answer', 'answer("", { chunks: 0 }); chunk("1")', 0, 'ok'],
  ])(
    'that %s is ended, and not one chunk more gets through',
    async (_what, attack, through, code = 'EXECUTOR_LOST') => {
      const { pids } = startPool(attack)
      const { outcome, chunks } = await stream()
      expect(codeOf(outcome)).toBe(code)
      expect(chunks).toHaveLength(through)
      const [first = 0] = pids
      await waitFor(() => !isAlive(first), 3_000, 'it was never ended')
    },
  )

  it('that streams where nobody asked for it is ended', async () => {
    startPool('chunk("1"); answer("", { chunks: 1 })')
    expect(codeOf(await run({ source: FLASH }))).toBe('EXECUTOR_LOST')
  })

  it('would be believed as well with remote calls that keep to the contract', async () => {
    startPool('remote(1); remote(2); setTimeout(() => answer("1"), 50)')
    asked.length = 0
    expect(await run({ source: CALLER })).toMatchObject({ ok: true, value: '1' })
    expect(asked).toEqual(['f', 'f'])
  })

  it.each([
    ['sends remote calls without end', 'for (let n = 1; n < 5000; n++) remote(n)'],
    [
      'sends remote calls one by one without end',
      'let n = 0; (function more() { for (let i = 0; i < 15; i++) remote(++n); setTimeout(more, 1) })()',
    ],
    ['sends a remote call twice', 'remote(1); remote(1)'],
    ['sends a remote call of another task', 'remote(1, { taskId: "another" })'],
    ['sends a remote call without arguments', 'say({ type: "remoteCall", taskId: task, requestId: 1, name: "f" })'],
    ['sends a remote call with a name of a megabyte', 'remote(1, { name: "f".repeat(1_000_000) })'],
    ['sends a remote call with arguments above the limit', 'remote(1, {}, JSON.stringify("x".repeat(1_000_001)))'],
  ])('that %s is ended, and asks no more than a task may', async (_what, attack) => {
    const { pids } = startPool(attack)
    asked.length = 0
    expect(codeOf(await run({ source: CALLER }))).toBe('EXECUTOR_LOST')
    expect(asked.length).toBeLessThanOrEqual(4)
    const [first = 0] = pids
    await waitFor(() => !isAlive(first), 3_000, 'it was never ended')
  })

  it('would be believed as well with requests to other hosts that keep to the contract', async () => {
    startPool('open(1); exchange(1, "write", {}, "YQ=="); exchange(1, "cancel"); setTimeout(() => answer("1"), 50)')
    expect(await run()).toMatchObject({ ok: true, value: '1' })
    expect(broker.requests.splice(0)).toMatchObject([{ isCancelled: true, pieces: [{ length: 1 }] }])
    expect(broker.over.splice(0)).toHaveLength(1)
  })

  it.each([
    ['sends requests without end', 'for (let n = 1; n < 5000; n++) open(n)', 16],
    [
      'sends requests one by one without end',
      'for (let n = 1; n < 5000; n++) { open(n); exchange(n, "cancel") }',
      1_024,
    ],
    ['sends a request twice', 'open(1); open(1)', 1],
    ['sends a request of another task', 'exchange(1, "open", { taskId: "another" }, "{}")', 0],
    ['sends a request with a URL of a megabyte', 'open(1, { url: "http://host.test/" + "x".repeat(1_000_000) })', 0],
    ['sends headers that are none', 'open(1, { headers: { a: "b" } })', 0],
    ['sends a piece of 100 kilobytes', 'open(1); exchange(1, "write", {}, "A".repeat(100_000))', 1],
    [
      'sends pieces that nobody has room for',
      'open(1, { url: "http://host.test/stuck" }); for (let n = 0; n < 100; n++) exchange(1, "write", {}, "AAAA")',
      1,
    ],
    ['goes on with what it never began', 'exchange(1, "cancel")', 0],
    ['says that it has read what it was not sent', 'open(1); exchange(1, "read", { bytes: 65537 })', 1],
    ['cancels again and again', 'open(1); for (let n = 0; n < 100; n++) exchange(1, "cancel")', 1],
    ['does what no executor does', 'open(1); exchange(1, "SECRET")', 1],
  ])('that %s is ended, and reaches no more hosts than a task may', async (_what, attack, most) => {
    const { pids } = startPool(attack)
    expect(codeOf(await run())).toBe('EXECUTOR_LOST')
    const requests = broker.requests.splice(0)
    expect(requests.length).toBeLessThanOrEqual(most)
    expect(requests.every(({ isCancelled }) => isCancelled)).toBe(true)
    expect(broker.over.splice(0).length).toBe(requests.length === 0 ? 0 : 1)
    const [first = 0] = pids
    await waitFor(() => !isAlive(first), 3_000, 'it was never ended')
  })

  it('that hears nothing and says that it has read everything fills no memory of the service', async () => {
    startPool(`isDeaf = true; open(1); setTimeout(() => {
      socket.pause(); setInterval(() => { for (let n = 0; n < 10; n++) { exchange(1, 'took'); exchange(1, 'read', { bytes: 65536 }) } }, 1)
    }, 20)`)
    expect(codeOf(await run())).not.toBe('ok')
    // What the channel holds, and not the whole answer.
    expect(broker.requests.splice(0)[0]?.read).toBeLessThan(50)
    broker.over.splice(0)
  })

  it('that sends a remote call for code that came with its request is ended', async () => {
    startPool('remote(1)')
    asked.length = 0
    expect(codeOf(await run())).toBe('EXECUTOR_LOST')
    expect(asked).toEqual([])
  })

  it.each([
    [
      'floods the channel with pongs',
      `const many = Buffer.concat(Array(5000).fill(frame({ type: 'pong', sequence: 0 })))
       const end = Date.now() + 700
       ;(function more() { if (Date.now() > end) return answer('1'); socket.write(many); setTimeout(more, 20) })()`,
    ],
    [
      'floods the standard error',
      `const text = 'e'.repeat(60000)
       const end = Date.now() + 700
       ;(function more() { if (Date.now() > end) return answer('1'); try { for (let i = 0; i < 5; i++) writeSync(2, text) } catch {} setTimeout(more, 5) })()`,
    ],
    [
      'sends a frame byte by byte and never ends it',
      `isDeaf = true; socket.write(Buffer.from([0, 15, 0, 0])); setInterval(() => { for (let i = 0; i < 50; i++) socket.write('x') }, 1)`,
    ],
    ['hears nothing and says nothing', 'isDeaf = true; socket.pause(); for (;;);'],
  ])('that %s keeps nobody else from anything', async (_what, attack) => {
    startPool(attack)
    const task = run()
    expect(await longestStallMs(task)).toBeLessThan(STALL_MS)
    expect(['ok', 'EXECUTOR_LOST', 'LIMIT_WALL', 'LIMIT_CPU']).toContain(codeOf(await task))
  })
})
