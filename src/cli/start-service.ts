// Composes the service from its configuration: the pool below, the waist, the jobs, the front doors above.
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { isLoopback } from '../config/rules.ts'
import { looksLikePython } from '../core/looks-like-python.ts'
import { DEFAULT_TENANT } from '../core/task.ts'
import { createExecute } from '../execution/execute.ts'
import { createApp } from '../http/app.ts'
import { BufferBudget } from '../http/buffer-budget.ts'
import type { Access } from '../http/check-access.ts'
import { HttpServer } from '../http/http-server.ts'
import { FRAME_OVERHEAD_BYTES } from '../ipc/messages.ts'
import { JobRunner } from '../jobs/job-runner.ts'
import { MemoryJobStore } from '../jobs/memory-job-store.ts'
import type { ConfinementReport } from '../pool/confinement/detect.ts'
import { ExecutorPool } from '../pool/executor-pool.ts'
import { ExecutorStarter } from '../pool/executor-starter.ts'
import { describeRequest } from '../telemetry/request-line.ts'
import { StripTranspiler } from '../tool-client/strip-transpiler.ts'
import type { RuntimeFiles } from './ensure-runtime.ts'

/** An executor that is not ready after this long does not get ready. */
const START_MS = 10_000
const HEADERS_MS = 10_000
const KEEP_ALIVE_MS = 75_000
const MAX_JOBS = 100_000
/** What remains of connections after the drain is cut after this long. */
const CLOSE_MS = 1_000

export interface ServiceOptions {
  readonly config: Config
  readonly runtime: RuntimeFiles
  readonly confinement: ConfinementReport
  readonly log: Logger
}

export interface Service {
  readonly url: string
  /** Takes no new work, lets what runs finish or hit its limit, and ends every process that the service started. */
  stop(): Promise<void>
}

export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, log } = options
  const onDefect = (error: unknown): void => log.error({ err: error }, 'a defect of the service')
  const pool = startPool(options)
  const transpiler = new StripTranspiler({
    inputBytes: config.tsInputBytes,
    deadlineMs: config.tsDeadlineMs,
    ...(options.confinement.ownUsers && config.executorUidBase > 0 ? { uid: config.executorUidBase + TOOL_UID } : {}),
    observe: (event) => log.debug(event, 'transpiler'),
  })
  const { wallMs, cpuMs, memoryMb, outputBytes, logBytes } = config
  const execute = createExecute({
    executor: pool,
    transpiler,
    limits: { wallMs, cpuMs, memoryMb, inputBytes: config.inputBytes, outputBytes, logBytes },
    wallMsMax: config.wallMsMax,
    looksLikePython,
    now: () => performance.now(),
  })
  const store = new MemoryJobStore({ maxJobs: MAX_JOBS, maxBytes: config.bufferedBytes, now: Date.now })
  const jobs = new JobRunner({ execute, store, tenant: DEFAULT_TENANT, now: Date.now, onDefect })
  let isDraining = false
  const app = createApp({
    execute,
    jobs,
    access: accessOf(config),
    tenant: DEFAULT_TENANT,
    workerId: config.workerId === '' ? hostname() : config.workerId,
    inputBytes: config.inputBytes,
    syncInputBytes: config.runsyncInputBytes,
    uploadMs: config.uploadMs,
    sendMs: config.uploadMs,
    buffers: new BufferBudget({ bufferedBytes: config.bufferedBytes }),
    ready: () => pool.health,
    workerCounts: () => pool.workerCounts(),
    isDraining: () => isDraining,
    onRequest: (record) => log.info(describeRequest(record)),
    onDefect,
    now: () => performance.now(),
  })
  const server = await HttpServer.listen({
    app,
    host: config.host,
    port: config.port,
    headersMs: HEADERS_MS,
    requestMs: config.uploadMs + HEADERS_MS,
    keepAliveMs: KEEP_ALIVE_MS,
    onDefect,
  })
  return {
    url: urlOf(server),
    async stop() {
      isDraining = true
      const timer = setTimeout(() => log.warn({ drainMs: config.drainMs }, 'drain time is over'), config.drainMs)
      await Promise.race([Promise.all([jobs.drain(), pool.drain(config.drainMs)]), wait(config.drainMs)])
      clearTimeout(timer)
      await server.close(CLOSE_MS)
      await Promise.all([pool[Symbol.asyncDispose](), transpiler[Symbol.asyncDispose]()])
    },
  }
}

/** The last number of the range of user ids: the others are the executors'. */
const TOOL_UID = 999

function startPool({ config, runtime, confinement, log }: ServiceOptions): ExecutorPool {
  const inputFrameBytes = 4 * Math.max(config.inputBytes, config.runsyncInputBytes) + FRAME_OVERHEAD_BYTES
  const starter = new ExecutorStarter({
    report: confinement,
    jit: config.executorJit,
    uidBase: config.executorUidBase,
    executorPath: runtime.executorPath,
    arguments: {
      snapshotPath: runtime.snapshotPath,
      memoryMb: config.memoryMb,
      logBytes: config.logBytes,
      isolatesReady: config.isolatesReady,
      guestWasm: config.guestWasm,
      maxFrameBytes: inputFrameBytes,
    },
    maxFrameBytes: config.outputBytes + config.logBytes + FRAME_OVERHEAD_BYTES,
    onFallBack: (from, to) =>
      log.warn({ from, to }, 'executors do not start at this confinement; a weaker one is taken'),
  })
  return new ExecutorPool({
    startExecutor: (slot) => starter.start(slot),
    fallBack: () => starter.fallBack(),
    executorsMin: config.executorsMin,
    executorsMax: config.executorsMax,
    executorsSpare: config.executorsSpare,
    executorMaxTasks: config.executorMaxTasks,
    executorMaxAgeMs: config.executorMaxAgeMs,
    waiting: config.waiting,
    queueMs: config.queueMs,
    startMs: START_MS,
    heartbeatMs: config.heartbeatMs,
    onEvent: (event) => {
      if (event.type === 'ready') log.info({ pid: event.pid, confinement: event.confinement }, 'executor ready')
      else if (event.wasReady) log.info({ pid: event.pid, reason: event.reason }, 'executor ended')
      else log.error({ pid: event.pid, reason: event.reason }, 'executor did not start')
    },
  })
}

function accessOf({ apiKey, host, insecure }: Config): Access {
  if (apiKey !== '') return { kind: 'key', key: apiKey }
  // A service that only this machine can reach keeps web pages out, whatever else it is told to allow.
  return { kind: insecure && !isLoopback(host) ? 'insecure' : 'loopback' }
}

function urlOf(server: HttpServer): string {
  const { address, family, port } = server.address
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

async function wait(delayMs: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, delayMs).unref())
}
