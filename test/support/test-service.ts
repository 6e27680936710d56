// The front of the service over a fake executor: everything between a request and the waist, composed as main does it.
import { request as startRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import type { Limits } from '../../src/core/limits.ts'
import type { Transpiler } from '../../src/core/transpiler.ts'
import { createExecute, createInvoke } from '../../src/execution/execute.ts'
import type { AppOptions } from '../../src/http/app-options.ts'
import { createApp } from '../../src/http/app.ts'
import { BufferBudget } from '../../src/http/buffer-budget.ts'
import { HttpServer } from '../../src/http/http-server.ts'
import type { HttpServerOptions } from '../../src/http/http-server.ts'
import type { RequestRecord } from '../../src/http/request-record.ts'
import { JobRunner } from '../../src/jobs/job-runner.ts'
import type { JobRunnerOptions } from '../../src/jobs/job-runner.ts'
import { MemoryJobStore } from '../../src/jobs/memory-job-store.ts'
import type { MemoryJobStoreOptions } from '../../src/jobs/memory-job-store.ts'
import { FakeExecutor } from './fake-executor.ts'
import type { Behaviour } from './fake-executor.ts'

export const TEST_LIMITS: Limits = {
  wallMs: 30_000,
  cpuMs: 5_000,
  memoryMb: 128,
  inputBytes: 10_000,
  outputBytes: 10_000_000,
  logBytes: 1_000,
}

/** A transpiler that marks what went through it. */
export const fakeTranspiler: Transpiler = {
  transpile: async (source) => ({ ok: true, code: `/* transpiled */ ${source}` }),
  [Symbol.asyncDispose]: async () => undefined,
}

export interface TestServiceOptions {
  readonly behaviour?: Behaviour
  /** Whether the task of that number starts. */
  readonly starts?: (count: number) => boolean
  readonly transpiler?: Transpiler
  readonly app?: Partial<AppOptions>
  readonly limits?: Partial<Limits>
  readonly store?: Partial<MemoryJobStoreOptions>
  readonly bufferedBytes?: number
  readonly jobs?: Partial<JobRunnerOptions>
}

export function createTestService(options: TestServiceOptions = {}) {
  const executor = new FakeExecutor(options.behaviour, options.starts)
  const records: RequestRecord[] = []
  const defects: unknown[] = []
  const onDefect = (error: unknown): void => void defects.push(error)
  const waist = {
    executor,
    transpiler: options.transpiler ?? fakeTranspiler,
    limits: { ...TEST_LIMITS, ...options.limits },
    wallMsMax: 600_000,
    looksLikePython: (source: string) => source.startsWith('def '),
    now: () => performance.now(),
  }
  const execute = createExecute(waist)
  const store = new MemoryJobStore({ maxJobs: 1_000, maxBytes: 10_000_000, now: Date.now, ...options.store })
  const buffers = new BufferBudget({ bufferedBytes: options.bufferedBytes ?? 1_000_000 })
  const findDeployment: AppOptions['findDeployment'] =
    options.app?.findDeployment ?? (() => ({ kind: 'known', deployment: null }))
  const jobs = new JobRunner({
    execute,
    store,
    tenant: 'default',
    now: Date.now,
    onDefect,
    findDeployment,
    bounds: { runningMax: 256, runningMaxAt: () => 64, waitingPerEndpointMax: 1_000 },
    inputBytes: { run: TEST_LIMITS.inputBytes, runsync: 2 * TEST_LIMITS.inputBytes },
    reserve: (characters) => buffers.reserve(characters),
    runsAgain: () => false,
    onLateEnd: () => undefined,
    onWebhookDue: () => undefined,
    ...options.jobs,
  })
  const app = createApp({
    execute,
    invoke: createInvoke(waist),
    findDeployment,
    executeLive: false,
    jobs,
    buffers,
    access: { kind: 'loopback' },
    admin: null,
    tenant: 'default',
    workerId: 'worker-1',
    inputBytes: TEST_LIMITS.inputBytes,
    syncInputBytes: 2 * TEST_LIMITS.inputBytes,
    uploadMs: 1_000,
    sendMs: 1_000,
    ready: () => 'ready',
    jobsFailure: () => store.failure,
    workerCounts: () => ({ idle: 1, initializing: 0, ready: 1, running: 0, throttled: 0, unhealthy: 0 }),
    isDraining: () => false,
    onRequest: (record) => void records.push(record),
    metrics: { key: '', read: async () => ({ contentType: 'text/plain', text: '' }) },
    onDefect,
    now: () => performance.now(),
    ...options.app,
  })
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answered> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: text,
    })
    return toAnswered(response)
  }
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Answered> =>
    toAnswered(await app.request(path, { headers }))
  return { app, executor, jobs, store: options.jobs?.store ?? store, buffers, records, defects, post, get }
}

export interface Answered {
  readonly status: number
  readonly text: string
  /** Undefined for an empty body. */
  readonly json: unknown
  readonly code: string | null
  readonly contentType: string | null
  readonly headers: Headers
}

async function toAnswered(response: Response): Promise<Answered> {
  const text = await response.text()
  return {
    status: response.status,
    text,
    json: text === '' ? undefined : JSON.parse(text),
    code: response.headers.get('x-error-code'),
    contentType: response.headers.get('content-type'),
    headers: response.headers,
  }
}

export type TestService = ReturnType<typeof createTestService>

/** The service behind a real socket on loopback. */
export async function listen(service: TestService, options: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  return HttpServer.listen({
    app: service.app,
    host: '127.0.0.1',
    port: 0,
    headersMs: 2_000,
    requestMs: 4_000,
    keepAliveMs: 2_000,
    connectionsMax: 100,
    onConnectionsRefused: () => undefined,
    onDefect: (error) => void service.defects.push(error),
    ...options,
  })
}

export interface SocketAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** One request over a socket of its own. */
export function send(
  server: HttpServer,
  options: { method?: string; path: string; headers?: Record<string, string>; body?: string; signal?: AbortSignal },
): Promise<SocketAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SocketAnswer>()
  const { method = 'GET', path, headers = {}, body, signal } = options
  const { port } = server.address
  const request = startRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers,
    agent: false,
    ...(signal && { signal }),
  })
  request.on('error', reject)
  request.on('response', (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', reject)
    response.on('end', () => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() })
    })
  })
  request.end(body)
  return promise
}

export interface RawAnswer {
  readonly text: string
  /** Whether the server closed the connection. */
  readonly isClosed: boolean
}

/** Raw bytes to the server; what came back once that is so many whole answers, the connection closed, or time ran out. */
export function sendRaw(
  server: HttpServer,
  bytes: string | Buffer,
  { waitMs = 1_000, answers = 1 }: { waitMs?: number; answers?: number } = {},
): Promise<RawAnswer> {
  const { promise, resolve } = Promise.withResolvers<RawAnswer>()
  const socket = connect(server.address.port, '127.0.0.1', () => socket.write(bytes))
  let received = ''
  const finish = (isClosed: boolean): void => {
    clearTimeout(timer)
    socket.destroy()
    resolve({ text: Buffer.from(received, 'latin1').toString(), isClosed })
  }
  const timer = setTimeout(() => finish(false), waitMs)
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1')
    if (countAnswers(received) >= answers) finish(false)
  })
  socket.on('error', () => finish(true))
  socket.on('close', () => finish(true))
  return promise
}

/** `received` has one character per byte. */
function countAnswers(received: string): number {
  let count = 0
  for (let rest = received; ; count += 1) {
    const head = /^HTTP.*?\r\n\r\n/s.exec(rest)?.[0]
    const length = Number(/content-length: (\d+)/i.exec(head ?? '')?.[1] ?? 0)
    if (head === undefined || rest.length < head.length + length) return count
    rest = rest.slice(head.length + length)
  }
}

/** Settles when `condition` holds; throws after `waitMs`, so that no test waits for a hope. */
export async function until(condition: () => boolean, waitMs = 2_000): Promise<void> {
  const deadline = performance.now() + waitMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the condition never held')
    // oxlint-disable-next-line no-await-in-loop -- polling is the point
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
