// The worker of the platform's queue, composed from the configuration and the platform's variables, or none.
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Deployment } from '../core/deployment.ts'
import { DEFAULT_TENANT } from '../core/task.ts'
import type { Execute } from '../execution/execute.ts'
import type { BufferBudget } from '../http/buffer-budget.ts'
import { platformConcurrency } from '../runpod/platform-concurrency.ts'
import { readPlatformEnvironment } from '../runpod/platform-environment.ts'
import type { PlatformConfig } from '../runpod/platform-environment.ts'
import type { PlatformWorker } from '../runpod/platform-worker.ts'
import { VERSION } from './version.ts'

export interface PlatformOptions {
  readonly config: Config
  readonly platform: PlatformConfig
  readonly execute: Execute
  /** What the root serves now. */
  readonly findDeployment: () => Deployment | null
  readonly ready: () => 'starting' | 'ready' | 'unhealthy'
  readonly buffers: BufferBudget
  readonly log: Logger
  readonly onDefect: (error: unknown) => void
}

/** Null when no queue is named. Throws with every reason why the variables cannot be followed. */
export function readPlatform(env: Readonly<Record<string, string | undefined>>): PlatformConfig | null {
  const read = readPlatformEnvironment(env, randomUUID)
  if (!read.ok) throw new Error(read.issues.join('\n'))
  return read.config
}

/** Loaded only where there is a queue: undici takes 150 ms and 26 MB. */
export async function createPlatform(options: PlatformOptions): Promise<PlatformWorker> {
  const { PlatformWorker } = await import('../runpod/platform-worker.ts')
  const { config, platform, execute, findDeployment, ready, buffers, log, onDefect } = options
  return new PlatformWorker({
    config: platform,
    version: VERSION,
    execute,
    tenant: DEFAULT_TENANT,
    // The largest input that the platform's own API takes in is that of /runsync.
    inputBytes: config.runsyncInputBytes,
    honorsRefresh: config.honorRefreshWorker,
    findDeployment,
    concurrency: () => platformConcurrency(config.platformConcurrency, findDeployment(), config),
    ready,
    reserve: (bytes) => buffers.reserve(bytes),
    log,
    onDefect,
  })
}
