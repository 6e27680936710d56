// What tests give a pool of fake processes unless they say otherwise: small numbers, and clocks that do not matter.
import type { ExecutorPoolOptions } from '../../src/pool/executor-pool.ts'

export const POOL_OPTIONS = {
  fallBack: () => false,
  executorsMin: 1,
  executorsMax: 2,
  moduleExecutorsMax: 2,
  executorsPerDeployment: 2,
  instanceExecutorsMax: 2,
  codeCacheCharacters: 1_000,
  executorsSpare: 1,
  executorMaxTasks: 0,
  executorMaxAgeMs: 1_000_000,
  waiting: 100,
  queueMs: 50_000,
  startMs: 1_000_000,
  heartbeatMs: 1_000_000,
  onEvent: () => undefined,
} as const satisfies Omit<ExecutorPoolOptions, 'startExecutor'>
