// A pool of real executors, confined as this machine allows, without a service around it: what tasks say is heard directly.
import { setTimeout as delay } from 'node:timers/promises'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import type { RuntimeFiles } from '../../src/cli/ensure-runtime.ts'
import type { DeployedModule } from '../../src/core/deployment.ts'
import type { ExecuteOptions, Executor } from '../../src/core/executor.ts'
import type { Limits } from '../../src/core/limits.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import type { Task, TaskEvent } from '../../src/core/task.ts'
import { FRAME_OVERHEAD_BYTES } from '../../src/ipc/messages.ts'
import { detectConfinement } from '../../src/pool/confinement/detect.ts'
import { ExecutorPool } from '../../src/pool/executor-pool.ts'
import type { ExecutorPoolOptions } from '../../src/pool/executor-pool.ts'
import { ExecutorStarter } from '../../src/pool/executor-starter.ts'
import type { RunnerEvent } from '../../src/pool/runner-event.ts'

const LIMITS: Limits = {
  wallMs: 20_000,
  cpuMs: 1_000,
  memoryMb: 64,
  inputBytes: 10_000,
  outputBytes: 3_000_000,
  logBytes: 10_000,
}

export interface AskedTask {
  readonly code: string
  readonly mode?: 'live' | 'flash'
  readonly name?: string
  readonly invocation?: Partial<Task['invocation']>
  readonly limits?: Partial<Limits>
  readonly instance?: Task['instance']
  /** Absent for events that are taken at once; null for a door that listens to none. */
  readonly onEvent?: ExecuteOptions['onEvent'] | null
}

export interface StartedTask {
  readonly outcome: Promise<Outcome>
  readonly events: TaskEvent[]
  readonly cancel: () => void
}

export class RealPool implements AsyncDisposable {
  readonly runnerEvents: RunnerEvent[]
  readonly #pool: ExecutorPool
  #tasks = 0

  private constructor(pool: ExecutorPool, runnerEvents: RunnerEvent[]) {
    this.#pool = pool
    this.runnerEvents = runnerEvents
  }

  /**
   * @param more what the pool is given in place of the ordinary.
   * @param files in place of those that were built.
   */
  static async start(more: Partial<ExecutorPoolOptions> = {}, files: Partial<RuntimeFiles> = {}): Promise<RealPool> {
    const runtime = await ensureRuntime()
    if (!runtime.ok) throw new Error(runtime.message)
    const { executorPath, snapshotPath, tierPaths, hashSeed } = { ...runtime.files, ...files }
    const { memoryMb, logBytes, outputBytes } = LIMITS
    const starter = new ExecutorStarter({
      report: await detectConfinement({ choice: 'auto', nodePath: process.execPath, probe: true }),
      jit: 'full',
      uidBase: 0,
      executorPath,
      arguments: {
        snapshotPath,
        tierPaths,
        hashSeed,
        memoryMb,
        logBytes,
        isolatesReady: 1,
        guestWasm: false,
        maxFrameBytes: 64_000_000,
      },
      maxFrameBytes: outputBytes + logBytes + FRAME_OVERHEAD_BYTES,
      onFallBack: () => undefined,
    })
    const events: RunnerEvent[] = []
    const pool = new ExecutorPool({
      startExecutor: (slot) => starter.start(slot),
      fallBack: () => starter.fallBack(),
      executorsMin: 1,
      executorsMax: 1,
      moduleExecutorsMax: 1,
      executorsPerDeployment: 1,
      instanceExecutorsMax: 1,
      codeCacheCharacters: 0,
      executorsSpare: 0,
      executorMaxTasks: 0,
      executorMaxAgeMs: 3_600_000,
      waiting: 100,
      queueMs: 20_000,
      startMs: 20_000,
      heartbeatMs: 1_000,
      onEvent: (event) => void events.push(event),
      ...more,
    })
    return new RealPool(pool, events)
  }

  /** Deployed code is a script that leaves its exports as a bundler does. */
  run({ code, mode = 'live', name = 'f', invocation = {}, limits = {}, instance, onEvent }: AskedTask): StartedTask {
    const events: TaskEvent[] = []
    const controller = new AbortController()
    const hear: NonNullable<ExecuteOptions['onEvent']> = async (event) => {
      events.push(event)
      await onEvent?.(event)
    }
    const module: DeployedModule = { name: 'm', kind: 'script', code, hash: hashOf(code), fileName: 'm.js' }
    const source =
      mode === 'live'
        ? ({ mode, language: 'javascript', code } as const)
        : ({ mode, deployment: 'default@1', module, maxConcurrency: 8 } as const)
    const input = { format: 'json', text: '{"args":[],"kwargs":{}}' } as const
    const task: Task = {
      id: `task-${++this.#tasks}`,
      tenant: 'default',
      limits: { ...LIMITS, ...limits },
      ...(instance === undefined ? {} : { instance }),
      invocation: { kind: 'function', source, name, input, ...invocation },
    }
    const outcome = this.#pool.execute(task, {
      signal: controller.signal,
      ...(onEvent === null ? {} : { onEvent: hear }),
    })
    return { outcome, events, cancel: () => controller.abort() }
  }

  /** For what is above a pool. */
  get executor(): Executor {
    return this.#pool
  }

  get executorPids(): readonly number[] {
    return this.#pool.executorPids
  }

  /** How many executors have died so far. */
  get deaths(): number {
    return this.runnerEvents.filter(({ type }) => type === 'dead').length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]()
    await delay(0)
  }
}

function hashOf(code: string): string {
  let hash = 0
  for (const character of code) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) | 0
  return `m${hash}`
}
