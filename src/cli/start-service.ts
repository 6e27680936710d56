// Composes the service from its configuration: the pool below, the waist, the jobs, the front doors above.
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { isLoopback } from '../config/rules.ts'
import { DEFAULT_ENDPOINT } from '../core/deployment.ts'
import type { Deployment, FoundDeployment } from '../core/deployment.ts'
import { looksLikePython } from '../core/looks-like-python.ts'
import { DEFAULT_TENANT } from '../core/task.ts'
import { detectDeployment } from '../deploy/detect-deployment.ts'
import { createExecute, createInvoke } from '../execution/execute.ts'
import { createApp } from '../http/app.ts'
import { BufferBudget } from '../http/buffer-budget.ts'
import type { Access } from '../http/check-access.ts'
import { HttpServer } from '../http/http-server.ts'
import { MAX_CODE_CACHE_BYTES } from '../ipc/bounds.ts'
import { FRAME_OVERHEAD_BYTES } from '../ipc/messages.ts'
import type { ConfinementReport } from '../pool/confinement/detect.ts'
import { ExecutorPool } from '../pool/executor-pool.ts'
import type { ExecutorPoolOptions, PoolHealth } from '../pool/executor-pool.ts'
import { ExecutorStarter } from '../pool/executor-starter.ts'
import { ClassInstances } from '../pool/instances/class-instances.ts'
import { ModuleBundler } from '../tool-client/bundle-client.ts'
import { ToolSourceBundler } from '../tool-client/source-bundler.ts'
import { StripTranspiler } from '../tool-client/strip-transpiler.ts'
import { createAdmin } from './create-admin.ts'
import { createEgress } from './create-egress.ts'
import type { Egress } from './create-egress.ts'
import { createJobs } from './create-jobs.ts'
import { createPackages } from './create-packages.ts'
import { createPlatform, readPlatform } from './create-platform.ts'
import { createRemote } from './create-remote.ts'
import type { Remote } from './create-remote.ts'
import { Deployments } from './deployments.ts'
import type { RuntimeFiles } from './ensure-runtime.ts'
import { LazyMetrics } from './lazy-metrics.ts'
import { logExecutorEvent } from './log-executor-event.ts'
import { openJobStore } from './open-job-store.ts'
import { recordRequests } from './record-requests.ts'
import { createTuning } from './tune-engine.ts'

/** An executor that is not ready after this long does not get ready. */
const START_MS = 10_000
const HEADERS_MS = 10_000
const KEEP_ALIVE_MS = 75_000
const CODE_CACHE_CHARACTERS = 128 * 1024 * 1024
/** What remains of connections after the drain is cut after this long. */
const CLOSE_MS = 1_000
/** How long tasks that are cut off at the end may take to be gone. */
const CUT_OFF_MS = 2_000

export interface ServiceOptions {
  readonly config: Config
  readonly runtime: RuntimeFiles
  readonly confinement: ConfinementReport
  readonly log: Logger
  /** Runs what logs many lines, which are then written as one; absent for one by one. */
  readonly together?: (run: () => void) => void
  /** The platform's variables say what is deployed. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Service {
  readonly url: string
  /** Loads again what was deployed at the start; what is live stays when that fails. */
  redeploy(): Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }>
  /** Logs at once the requests that were answered within the last milliseconds; without waiting, for the end of the process. */
  flushLog(): void
  /** Resolves with the reason when the platform's queue is not worked on because the service cannot; never otherwise. */
  readonly unfit: Promise<string>
  /** Takes no new work, lets what runs finish or hit its limit, and ends every process that the service started. */
  stop(): Promise<void>
}

export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, log, together = (run) => run() } = options
  const platformConfig = readPlatform(options.env)
  const onDefect = (error: unknown): void => log.error({ err: error }, 'a defect of the service')
  const metrics = new LazyMetrics()
  const egress = await createEgress({
    config,
    env: options.env,
    log,
    onExchange: (record) => metrics.exchange(record),
    onDefect,
  })
  const buffers = new BufferBudget({ bufferedBytes: config.bufferedBytes })
  const remote = createRemote({
    config,
    env: options.env,
    buffers,
    invoke: async (...given) => invoke(...given),
    readUrls: async (deployment) => deployments.readUrls(deployment),
  })
  const pool = startPool(options, { remote, egress, metrics }, (key, ended) => instances.ended(key, ended))
  const instances = new ClassInstances({
    executor: pool,
    instancesMax: config.instancesMax,
    instanceIdleMs: config.instanceIdleMs,
    waiting: config.waiting,
    queueMs: config.queueMs,
    now: () => Date.now() + (performance.now() % 1),
  })
  /** A user of its own for a process of tools; undefined where it has the service's. */
  const userOf = (number: number): number | undefined =>
    options.confinement.ownUsers && config.executorUidBase > 0 ? config.executorUidBase + number : undefined
  const transpiler = new StripTranspiler({
    inputBytes: config.tsInputBytes,
    deadlineMs: config.tsDeadlineMs,
    uid: userOf(TOOL_UID),
    observe: (event) => log.debug(event, 'transpiler'),
  })
  const packages = createPackages({
    config,
    env: options.env,
    uid: userOf(INSTALLER_UID),
    onDefect,
  })
  const { wallMs, cpuMs, memoryMb, outputBytes, logBytes } = config
  const limits = { wallMs, cpuMs, memoryMb, inputBytes: config.inputBytes, outputBytes, logBytes }
  const sources = new ToolSourceBundler({
    inputBytes: config.bundleInputBytes,
    outputBytes: config.bundleOutputBytes,
    deadlineMs: config.bundleDeadlineMs,
    cacheBytes: config.bundleCacheBytes,
    uid: userOf(SOURCE_UID),
    observe: (event) => log.debug(event, 'source bundler'),
  })
  const waist = {
    executor: instances,
    transpiler,
    bundler: sources,
    installer: packages,
    modulesBytes: config.modulesBytes,
    ignoresSystemDependencies: config.systemDependencies === 'ignore',
    limits,
    wallMsMax: config.wallMsMax,
    environment: config.guestEnv,
    looksLikePython,
    now: () => performance.now(),
  }
  const execute = createExecute(waist)
  const invoke = createInvoke(waist)
  const bundler = new ModuleBundler({ uid: userOf(BUNDLER_UID) })
  const deployments = new Deployments({
    executor: pool,
    bundle: (request) => bundler.bundle({ ...request, wantsMap: true }),
    tenant: DEFAULT_TENANT,
    limits,
    dataDir: config.dataDir,
    environment: config.guestEnv,
    onWanted: (key) => pool.revive(`${DEFAULT_TENANT}\n${key}`),
    onRetired: (key) => {
      pool.retire(`${DEFAULT_TENANT}\n${key}`)
      instances.retire(DEFAULT_TENANT, key)
    },
    log,
  })
  const opened = await openJobStore(config, log)
  const endAll = async (): Promise<void> => {
    const parts = [instances, transpiler, sources, bundler, packages, remote, egress]
    await Promise.all(parts.map(async (one) => one[Symbol.asyncDispose]()))
    // Last, because what the others end is kept.
    if (opened.ok) await opened.store[Symbol.asyncDispose]()
  }
  if (!opened.ok) {
    await endAll()
    throw new Error(opened.message)
  }
  await deployments.clearLeftovers()
  const deployed = await deployDetected(options, deployments)
  if (!deployed.ok) {
    await endAll()
    throw new Error(deployed.message)
  }
  // What the operator names at the start wins over what was deployed in its place since.
  await deployments.redeployKept(new Set(deployments.registry.isEmpty ? [] : [DEFAULT_ENDPOINT]))
  const { store } = opened
  const workerId = config.workerId === '' ? hostname() : config.workerId
  const findEndpoint = (endpointId: string | undefined): FoundDeployment => deployments.find(endpointId)
  const jobs = createJobs({
    config,
    store,
    execute,
    findDeployment: findEndpoint,
    buffers,
    workerId,
    log,
    onLateEnd: (record) => metrics.request(record),
    onDefect,
  })
  await jobs.start()
  metrics.open({
    config,
    pool,
    instances,
    jobs,
    store,
    buffers,
    deployments,
    egress,
    packages,
    sources,
    codeCacheCharacters: CODE_CACHE_CHARACTERS,
    server: () => server,
  })
  let isDraining = false
  const requests = recordRequests({ log, metrics, together, onDefect })
  const tune = createTuning()
  const ready = (): PoolHealth => pool.health
  const app = createApp({
    execute,
    invoke,
    jobs: jobs.runner,
    findDeployment: findEndpoint,
    executeLive: config.executeLive,
    access: accessOf(config),
    admin: config.adminKey === '' ? null : createAdmin(config, deployments, egress.policies),
    tenant: DEFAULT_TENANT,
    workerId,
    inputBytes: config.inputBytes,
    syncInputBytes: config.runsyncInputBytes,
    uploadMs: config.uploadMs,
    sendMs: config.uploadMs,
    buffers,
    ready,
    jobsFailure: () => store.failure,
    workerCounts: () => pool.workerCounts(),
    isDraining: () => isDraining,
    onRequest: (request) => {
      requests.record(request)
      tune()
    },
    metrics: {
      key: config.metricsKey,
      read: async () => {
        requests.flush()
        return metrics.read()
      },
    },
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
    connectionsMax: config.connectionsMax,
    onConnectionsRefused: (count) =>
      log.warn(
        { count, connectionsMax: config.connectionsMax },
        'connections were refused, as many as may be are open',
      ),
    onDefect,
  })
  const findDeployment = (): Deployment | null => deployments.registry.current(DEFAULT_ENDPOINT)
  const platform =
    platformConfig === null
      ? null
      : await createPlatform({
          config,
          platform: platformConfig,
          execute,
          findDeployment,
          ready,
          buffers,
          log,
          onDefect,
        })
  platform?.start()
  const drain = async (): Promise<void> => {
    // What the platform has given may still wait for its turn, and a pool that drains takes nothing in.
    await platform?.drain()
    await jobs.runner.drain()
    await instances.drain(config.drainMs)
  }
  return {
    url: urlOf(server),
    redeploy: () => deployDetected(options, deployments),
    flushLog: () => requests.flush(),
    unfit: platform === null ? new Promise(() => {}) : platform.unfit,
    async stop() {
      isDraining = true
      const timer = setTimeout(() => log.warn({ drainMs: config.drainMs }, 'drain time is over'), config.drainMs)
      await Promise.race([drain(), wait(config.drainMs)])
      clearTimeout(timer)
      // What they end by that is theirs to tell, not that of executors which are gone.
      const ended = Promise.all([platform, jobs].map(async (one) => one?.[Symbol.asyncDispose]()))
      await Promise.race([ended, wait(CUT_OFF_MS)])
      await server.close(CLOSE_MS)
      await endAll()
      // What still ran ended with its executor, if by nothing else.
      await ended
      requests.flush()
    },
  }
}

/** The last numbers of the range of user ids: the others are the executors'. */
const TOOL_UID = 999
const BUNDLER_UID = 998
const INSTALLER_UID = 997
const SOURCE_UID = 996

async function deployDetected(
  { config, env }: ServiceOptions,
  deployments: Deployments,
): Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }> {
  const detected = detectDeployment(env, { deployment: config.deployment })
  if (detected.kind === 'none') return { ok: true }
  const { path, resource } = detected
  return deployments.deploy({ endpoint: DEFAULT_ENDPOINT, path, servedResource: resource })
}

interface PoolParts {
  readonly remote: Remote
  readonly egress: Egress
  readonly metrics: LazyMetrics
}

function startPool(
  { config, runtime, confinement, log }: ServiceOptions,
  { remote, egress, metrics }: PoolParts,
  onInstanceEnded: NonNullable<ExecutorPoolOptions['onInstanceEnded']>,
): ExecutorPool {
  const bundleBytes = config.bundleOutputBytes + 2 * MAX_CODE_CACHE_BYTES
  const inputFrameBytes = 4 * Math.max(config.inputBytes, config.runsyncInputBytes) + bundleBytes + FRAME_OVERHEAD_BYTES
  const starter = new ExecutorStarter({
    report: confinement,
    jit: config.executorJit,
    uidBase: config.executorUidBase,
    executorPath: runtime.executorPath,
    arguments: {
      snapshotPath: runtime.snapshotPath,
      tierPaths: runtime.tierPaths,
      hashSeed: runtime.hashSeed,
      memoryMb: config.memoryMb,
      logBytes: config.logBytes,
      isolatesReady: config.isolatesReady,
      guestWasm: config.guestWasm,
      maxFrameBytes: inputFrameBytes,
    },
    maxFrameBytes: Math.max(config.outputBytes + config.logBytes, 2 * MAX_CODE_CACHE_BYTES) + FRAME_OVERHEAD_BYTES,
    onFallBack: (from, to) =>
      log.warn({ from, to }, 'executors do not start at this confinement; a weaker one is taken'),
  })
  return new ExecutorPool({
    startExecutor: (slot) => starter.start(slot),
    fallBack: () => starter.fallBack(),
    executorsMin: config.executorsMin,
    executorsMax: config.executorsMax,
    moduleExecutorsMax: config.moduleExecutorsMax,
    executorsPerDeployment: config.executorsPerDeployment,
    instanceExecutorsMax: config.instanceExecutorsMax,
    codeCacheCharacters: CODE_CACHE_CHARACTERS,
    executorsSpare: config.executorsSpare,
    executorMaxTasks: config.executorMaxTasks,
    executorMaxAgeMs: config.executorMaxAgeMs,
    waiting: config.waiting,
    queueMs: config.queueMs,
    startMs: START_MS,
    heartbeatMs: config.heartbeatMs,
    ...(remote.bounds === undefined ? {} : { remote: remote.bounds }),
    egress: egress.broker,
    onEvent: (event) => {
      logExecutorEvent(log, event)
      metrics.executorEvent(event)
    },
    onInstanceEnded,
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
