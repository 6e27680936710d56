// How many executors the waiting tasks could use, and which idle one makes room for a cordon that has none.
import { cordonOf, roleOf } from '../core/task.ts'
import type { CordonId, Role } from '../core/task.ts'
import { countOwned, isUncalled } from './choose-executor.ts'
import type { PoolBounds } from './choose-executor.ts'
import type { ExecutorRunner } from './executor-runner.ts'
import type { WaitingTask } from './task-queue.ts'

/** How long a cordon keeps an executor, at the least, while another one waits for it. */
const TURN_MS = 250

/** What waits, in lists that are never empty, each of tasks of one cordon. */
type Waiting = Iterable<readonly [unknown, readonly WaitingTask[]]>

/** How many executors more the waiting tasks could use now. */
export function countDemand(waiting: Waiting, runners: readonly ExecutorRunner[], bounds: PoolBounds): number {
  const wanted: Record<Role, number> = { live: 0, flash: 0 }
  for (const [first, entries] of firsts(waiting)) {
    const role = roleOf(first.task)
    const cordon = cordonOf(first.task)
    if (role === 'live') wanted.live += entries.length
    else {
      const owned = runners.filter((runner) => runner.cordon === cordon).length
      wanted.flash += Math.max(0, Math.min(entries.length, bounds.executorsPerDeployment - owned))
    }
  }
  const room = (role: Role): number => executorsMaxOf(role, bounds) - countOwned(runners, role)
  return Math.max(0, Math.min(wanted.live, room('live'))) + Math.max(0, Math.min(wanted.flash, room('flash')))
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
  const owned = runners.filter((runner) => runner.role === role)
  if (owned.length < executorsMaxOf(role, bounds)) return undefined
  const wanting = new Set<CordonId>()
  for (const [{ task }] of firsts(waiting)) if (roleOf(task) === role) wanting.add(cordonOf(task))
  const without = wanting.difference(new Set(owned.map(({ cordon }) => cordon ?? '')))
  if (without.size <= owned.filter((runner) => runner.isEnding).length) return undefined
  const now = performance.now()
  const idle = owned.filter((runner) => runner.state === 'idle')
  const unwanted = idle.filter(({ cordon }) => !wanting.has(cordon ?? ''))
  return unwanted.find(isUncalled) ?? unwanted[0] ?? idle.find((runner) => now - runner.ownedSince >= TURN_MS)
}

function executorsMaxOf(role: Role, bounds: PoolBounds): number {
  return role === 'live' ? bounds.executorsMax : bounds.moduleExecutorsMax
}

function* firsts(waiting: Waiting): Iterable<readonly [WaitingTask, readonly WaitingTask[]]> {
  for (const [, entries] of waiting) {
    const [first] = entries
    if (first !== undefined) yield [first, entries]
  }
}
