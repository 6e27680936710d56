// Which executor a waiting task goes to: decisions over the runners of a pool, which change nothing.
import { roleOf } from '../core/task.ts'
import type { CordonId, Role, Task } from '../core/task.ts'
import type { ExecutorRunner } from './executor-runner.ts'

/** A deployment that has an executor gets another one when a call has waited so long for it. */
const GROW_MS = 10
/** With so many instances an executor gets further ones only when there cannot be another executor. */
const MANY_INSTANCES = 16

export interface PoolBounds {
  /** Executors of Live tasks. */
  readonly executorsMax: number
  /** Executors that serve deployments, beside those for Live tasks. */
  readonly moduleExecutorsMax: number
  readonly executorsPerDeployment: number
  /** Executors that hold instances of classes, beside those. */
  readonly instanceExecutorsMax: number
  readonly executorMaxAgeMs: number
}

export interface Candidate {
  readonly task: Task
  /** Of the task. */
  readonly cordon: CordonId
  readonly enqueuedAt: number
}

export type Runners = Iterable<ExecutorRunner>

export function chooseExecutor(entry: Candidate, runners: Runners, bounds: PoolBounds): ExecutorRunner | undefined {
  const role = roleOf(entry.task)
  switch (role) {
    case 'live':
      return chooseLive(entry, runners, bounds)
    case 'flash':
      return chooseWarm(entry, runners, bounds)
    case 'instances':
      return chooseHolder(entry, runners, bounds)
    default:
      return role satisfies never
  }
}

/**
 * The tenant's executor that has been idle longest among those with isolates made ahead; else one that belongs to
 * nobody, as long as the tenants' executors are not as many as may be; else one that is still making isolates.
 */
function chooseLive({ cordon }: Candidate, runners: Runners, bounds: PoolBounds): ExecutorRunner | undefined {
  let chosen: ExecutorRunner | undefined
  for (const runner of runners) {
    if (runner.state !== 'idle' || runner.cordon !== cordon) continue
    const isBetter =
      chosen === undefined || (runner.isWarm === chosen.isWarm ? runner.freeSince < chosen.freeSince : runner.isWarm)
    if (isBetter) chosen = runner
  }
  if (chosen?.isWarm === true || countOwned(runners, 'live') >= bounds.executorsMax) return chosen
  return findSpare(runners) ?? chosen
}

/**
 * The deployment's executor with the least to do that has room; else one that belongs to nobody. The first of a deployment
 * comes at once; a further one would have to load the modules, and comes when the others are busy for longer than that.
 */
function chooseWarm(
  { task, cordon, enqueuedAt }: Candidate,
  runners: Runners,
  bounds: PoolBounds,
): ExecutorRunner | undefined {
  const own = [...runners].filter((runner) => runner.cordon === cordon)
  const chosen = leastLoaded(own, (runner) => runner.hasRoomFor(task))
  if (chosen !== undefined) return chosen
  const isFull =
    own.length >= bounds.executorsPerDeployment || countOwned(runners, 'flash') >= bounds.moduleExecutorsMax
  // Every one of them may be kept by a call that waits for this one.
  if (isFull) return leastLoaded(own, (runner) => runner.mayNest(task))
  return own.length === 0 || performance.now() - enqueuedAt >= GROW_MS ? findSpare(runners) : undefined
}

/**
 * The executor that holds the instance; for one that is yet to be made, the tenant's with the least to do, or one that belongs to
 * nobody when all of those are busy or hold many.
 */
function chooseHolder({ task, cordon }: Candidate, runners: Runners, bounds: PoolBounds): ExecutorRunner | undefined {
  const { instance } = task
  if (instance?.isFirst === false) {
    const holder = [...runners].find((runner) => runner.holds(instance.key))
    return holder?.hasRoomFor(task) === true ? holder : undefined
  }
  const own = [...runners].filter((runner) => runner.cordon === cordon && runner.hasRoomFor(task))
  const young = own.filter((runner) => !isOverAge(runner, bounds))
  const chosen = leastBurdened(young)
  if (chosen !== undefined && chosen.load === 0 && chosen.instances < MANY_INSTANCES) return chosen
  const spare = countOwned(runners, 'instances') < bounds.instanceExecutorsMax ? findSpare(runners) : undefined
  // Of those that are to end, the youngest: the others come to their end.
  return spare ?? chosen ?? own.toSorted((one, other) => other.ownedSince - one.ownedSince)[0]
}

function leastBurdened(runners: readonly ExecutorRunner[]): ExecutorRunner | undefined {
  return runners.toSorted((one, other) => one.load - other.load || one.instances - other.instances)[0]
}

/** Whether it is to be replaced as soon as nothing is lost by that. A spare that waited for long has not held instances for long. */
export function isOverAge(runner: ExecutorRunner, { executorMaxAgeMs }: PoolBounds): boolean {
  const since = runner.role === 'instances' ? runner.ownedSince : runner.startedAt
  return performance.now() - since > executorMaxAgeMs
}

function leastLoaded(runners: Runners, accepts: (runner: ExecutorRunner) => boolean): ExecutorRunner | undefined {
  let chosen: ExecutorRunner | undefined
  for (const runner of runners) {
    if (accepts(runner) && (chosen === undefined || runner.load < chosen.load)) chosen = runner
  }
  return chosen
}

function findSpare(runners: Runners): ExecutorRunner | undefined {
  for (const runner of runners) if (runner.state === 'idle' && runner.cordon === null && runner.isWarm) return runner
  return undefined
}

/**
 * Idle executors that have only tried a version of a deployment and wait for its first call, but for the newest of them:
 * whoever deploys a thousand versions calls few of them at once.
 */
export function findForgotten(runners: Runners, kept: number): readonly ExecutorRunner[] {
  const waiting: ExecutorRunner[] = []
  for (const runner of runners) if (isUncalled(runner)) waiting.push(runner)
  return waiting.toSorted((one, other) => other.freeSince - one.freeSince).slice(kept)
}

export function isUncalled({ role, state, calls }: ExecutorRunner): boolean {
  return role === 'flash' && state === 'idle' && calls === 0
}

export function countOwned(runners: Runners, role: Role): number {
  let count = 0
  for (const runner of runners) if (runner.role === role) count++
  return count
}
