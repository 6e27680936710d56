// How many executors the waiting tasks could use, and which idle one makes room for a cordon that has none.
import { roleOf } from '../core/task.ts'
import type { CordonId, Role } from '../core/task.ts'
import { countOwned, isUncalled } from './choose-executor.ts'
import type { PoolBounds } from './choose-executor.ts'
import type { ExecutorRunner } from './executor-runner.ts'
import type { WaitingTask } from './task-queue.ts'

/** How long a cordon keeps an executor, at the least, while another one waits for it. */
const TURN_MS = 250
/** Instances of a tenant that has not called them for so long make room for another tenant's. */
const INSTANCES_TURN_MS = 10_000

/** What waits, in lists that are never empty, each of tasks of one lane. */
type Waiting = Iterable<readonly [unknown, readonly WaitingTask[]]>

/** How many executors more the waiting tasks could use now. */
export function countDemand(waiting: Waiting, runners: readonly ExecutorRunner[], bounds: PoolBounds): number {
  const wanted: Record<Role, number> = { live: 0, flash: 0, instances: 0 }
  for (const [first, entries] of firsts(waiting)) {
    const role = roleOf(first.task)
    const { cordon } = first
    if (role === 'live') wanted.live += entries.length
    else if (role === 'instances') wanted.instances += first.task.instance?.isFirst === true ? 1 : 0
    else {
      const owned = runners.filter((runner) => runner.cordon === cordon).length
      wanted.flash += Math.max(0, Math.min(entries.length, bounds.executorsPerDeployment - owned))
    }
  }
  const useful = (role: Role): number =>
    Math.max(0, Math.min(wanted[role], executorsMaxOf(role, bounds) - countOwned(runners, role)))
  return useful('live') + useful('flash') + useful('instances')
}

/**
 * When a cordon waits that has no executor and all are owned, an idle one that can be ended: of a cordon for which nothing
 * waits, or of one that had its turn, so that a cordon that always has something waiting does not keep the others out.
 */
export function findVictim(
  role: Role,
  waiting: Waiting,
  runners: readonly ExecutorRunner[],
  bounds: PoolBounds,
): ExecutorRunner | undefined {
  if (countOwned(runners, role) < executorsMaxOf(role, bounds)) return undefined
  const owned = runners.filter((runner) => runner.role === role)
  const wanting = new Set<CordonId>()
  for (const [{ task, cordon }] of firsts(waiting)) if (roleOf(task) === role) wanting.add(cordon)
  const without = wanting.difference(new Set(owned.map(({ cordon }) => cordon ?? '')))
  if (without.size <= owned.filter((runner) => runner.isEnding).length) return undefined
  const now = performance.now()
  const idle = owned.filter((runner) => runner.state === 'idle')
  const unwanted = idle.filter(({ cordon }) => !wanting.has(cordon ?? ''))
  if (role === 'instances') return findLongIdle(unwanted, now - INSTANCES_TURN_MS)
  return unwanted.find(isUncalled) ?? unwanted[0] ?? idle.find((runner) => now - runner.ownedSince >= TURN_MS)
}

/** One without instances, else the one whose instances have not been called for the longest time. */
function findLongIdle(idle: readonly ExecutorRunner[], latest: number): ExecutorRunner | undefined {
  const longest = idle.toSorted((one, other) => one.freeSince - other.freeSince)
  return longest.find(({ instances }) => instances === 0) ?? longest.find(({ freeSince }) => freeSince <= latest)
}

function executorsMaxOf(role: Role, bounds: PoolBounds): number {
  switch (role) {
    case 'live':
      return bounds.executorsMax
    case 'flash':
      return bounds.moduleExecutorsMax
    case 'instances':
      return bounds.instanceExecutorsMax
    default:
      return role satisfies never
  }
}

function* firsts(waiting: Waiting): Iterable<readonly [WaitingTask, readonly WaitingTask[]]> {
  for (const [, entries] of waiting) {
    const [first] = entries
    if (first !== undefined) yield [first, entries]
  }
}
