// What is bounded, as pairs of use and limit under equal labels, so that one rule watches all of it.
import type { MetricSet } from './metric-set.ts'
import { perTurn } from './per-turn.ts'

/** All there are, with the setting that is the limit, if one is. The unit is in the name where it is not a count. */
export const BUDGETS = {
  buffered_bytes: ['BUFFERED_BYTES', 'bodies, queued inputs and unsent answers in the front process'],
  connections: ['CONNECTIONS_MAX', 'open connections of clients, idle ones included'],
  waiting_tasks: ['WAITING', 'tasks that wait for an executor; those of jobs count, and are never refused'],
  waiting_calls: ['WAITING', 'calls of classes that wait for their instance'],
  live_executors: ['EXECUTORS_MAX', 'executors of code that comes with requests'],
  module_executors: ['MODULE_EXECUTORS_MAX', 'executors of deployments'],
  instance_executors: ['INSTANCE_EXECUTORS_MAX', 'executors of instances of classes'],
  instances: ['INSTANCES_MAX', 'instances of classes of each `tenant`; of a full one the least recently used goes'],
  egress_requests: ['EGRESS_MAX', 'requests to other hosts in progress'],
  tenant_egress_requests: ['EGRESS_TENANT_MAX', 'the same, of each `tenant`'],
  jobs: ['JOBS_MAX', 'jobs that are kept; of a full store finished ones go'],
  job_bytes: ['JOB_BYTES', 'what they take; in memory the limit may be `BUFFERED_BYTES`'],
  package_bytes: ['PACKAGES_CACHE_BYTES', 'installed npm packages; 0 until a request first asks for one'],
  bundle_bytes: ['BUNDLE_CACHE_BYTES', 'kept bundles of submitted source; old ones make room'],
  code_cache_characters: [null, 'code caches of deployed modules; old ones make room'],
} as const satisfies Readonly<Record<string, readonly [setting: string | null, meaning: string]>>

export type BudgetName = keyof typeof BUDGETS

export interface Budget {
  readonly name: BudgetName
  /** One of a bounded set; absent for what all tenants share. */
  readonly tenant?: string
  readonly used: number
  readonly limit: number
}

export interface BudgetSources {
  readonly budgets: () => Promise<readonly Budget[]>
}

export function addBudgetMetrics({ gauge }: MetricSet, sources: BudgetSources): void {
  const budgets = perTurn(sources.budgets)
  const labels = ['budget', 'tenant'] as const
  gauge('budget_used', 'What is used of what is bounded.', labels, async (give) => {
    for (const { used, ...budget } of await budgets()) give(used, labelsOf(budget))
  })
  gauge('budget_limit', 'The bound of each.', labels, async (give) => {
    for (const { limit, ...budget } of await budgets()) give(limit, labelsOf(budget))
  })
}

function labelsOf({ name, tenant }: Pick<Budget, 'name' | 'tenant'>): { budget: string; tenant?: string } {
  return tenant === undefined ? { budget: name } : { budget: name, tenant }
}
