// Executors, the isolates in them, and what waits for them.
import type { MetricSet } from './metric-set.ts'

export interface PoolSources {
  /** By role (`spare` for one that nobody has) and state, with the isolates that it is known to hold by theirs. */
  readonly executors: () => readonly {
    readonly role: string
    readonly state: string
    readonly isolates: Readonly<Record<string, number>>
  }[]
  /** Tasks that wait for an executor. */
  readonly queue: () => { readonly waiting: number; readonly oldestMs: number }
}

/** All there are, so that each is there as 0, too. */
const ISOLATES: Readonly<Record<string, readonly string[]>> = {
  live: ['busy'],
  flash: ['busy', 'idle', 'retired'],
  instances: ['busy', 'idle'],
}
const MS_PER_SECOND = 1_000

export function addPoolMetrics({ gauge }: MetricSet, { executors, queue }: PoolSources): void {
  gauge('executors', 'Executor processes; `spare` is one that belongs to nobody yet.', ['role', 'state'], (give) => {
    const counts = Map.groupBy(executors(), ({ role, state }) => `${role}\n${state}`)
    for (const [first, ...others] of counts.values()) {
      if (first !== undefined) give(1 + others.length, { role: first.role, state: first.state })
    }
  })
  gauge(
    'isolates',
    'Isolates that executors are known to hold, by what they run; those that are ready for any code are not among them.',
    ['role', 'state'],
    (give) => {
      const held = Map.groupBy(executors(), (executor) => executor.role)
      for (const [role, states] of Object.entries(ISOLATES)) {
        for (const state of states) {
          const count = (held.get(role) ?? []).reduce((sum, { isolates }) => sum + (isolates[state] ?? 0), 0)
          give(count, { role, state })
        }
      }
    },
  )
  gauge('queue_waiting', 'Tasks that wait for an executor.', [], (give) => give(queue().waiting))
  gauge('queue_oldest_seconds', 'How long the oldest of them has waited.', [], (give) =>
    give(queue().oldestMs / MS_PER_SECOND),
  )
}
