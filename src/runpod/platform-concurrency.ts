// How many jobs of the platform run at the same time: what the operator or the deployment says, and what the pool can run.
import type { Deployment } from '../core/deployment.ts'
import { queueTarget } from '../core/resolve-deployed.ts'

export interface PoolCapacity {
  /** Tasks of code that comes with requests that run at the same time. */
  readonly executorsMax: number
  readonly executorsPerDeployment: number
  readonly moduleExecutorsMax: number
}

/** @param asked 0 for what the deployment says of the function that its queue calls, or 1 when it says nothing. */
export function platformConcurrency(asked: number, deployment: Deployment | null, pool: PoolCapacity): number {
  const target = deployment === null ? null : queueTarget(deployment)
  const perExecutor = target?.maxConcurrency ?? 1
  const executors = target === null ? pool.executorsMax : Math.min(pool.executorsPerDeployment, pool.moduleExecutorsMax)
  return Math.min(asked === 0 ? perExecutor : asked, executors * perExecutor)
}
