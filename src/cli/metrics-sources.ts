// Where the metrics look when somebody reads them: the parts of the service, beside the bounds that they have.
import type { Config } from '../config.ts'
import { DEFAULT_ENDPOINT } from '../core/deployment.ts'
import { DEFAULT_TENANT } from '../core/task.ts'
import type { BufferBudget } from '../http/buffer-budget.ts'
import type { HttpServer } from '../http/http-server.ts'
import type { JobStore } from '../jobs/job-store.ts'
import type { NpmInstaller } from '../packages/npm-installer.ts'
import type { ExecutorPool } from '../pool/executor-pool.ts'
import type { ClassInstances } from '../pool/instances/class-instances.ts'
import type { Budget } from '../telemetry/budget-metrics.ts'
import { OTHER } from '../telemetry/labels.ts'
import type { MetricsSources } from '../telemetry/service-metrics.ts'
import type { ToolSourceBundler } from '../tool-client/source-bundler.ts'
import type { Egress } from './create-egress.ts'
import type { Jobs } from './create-jobs.ts'
import type { Deployments } from './deployments.ts'

export interface MetricsParts {
  readonly config: Config
  readonly pool: ExecutorPool
  readonly instances: ClassInstances
  readonly jobs: Jobs
  readonly store: JobStore
  readonly buffers: BufferBudget
  readonly deployments: Deployments
  readonly egress: Egress
  readonly packages: NpmInstaller
  readonly sources: ToolSourceBundler
  readonly codeCacheCharacters: number
  /** Asked only when somebody has reached it. */
  readonly server: () => HttpServer
}

/** All there are: what a label `tenant` may have. */
const TENANTS = [DEFAULT_TENANT] as const

export function metricsSources(parts: MetricsParts): MetricsSources {
  const { pool, jobs, deployments, egress, server } = parts
  return {
    executors: () => pool.executors(),
    queue: () => pool.waiting(),
    jobs: () => {
      const { waitingSince, ...figures } = jobs.runner.figures()
      return { ...figures, oldestMs: waitingSince === null ? 0 : Math.max(0, Date.now() - waitingSince) }
    },
    webhooks: () => jobs.webhooks(),
    openEgress: egress.open,
    refusedConnections: () => server().refusedConnections,
    budgets: async () => readBudgets(parts),
    endpointLabel: (endpoint) => {
      if (endpoint === null || endpoint === DEFAULT_ENDPOINT) return DEFAULT_ENDPOINT
      return deployments.registry.current(endpoint) === null ? OTHER : endpoint
    },
  }
}

async function readBudgets(parts: MetricsParts): Promise<readonly Budget[]> {
  const { config, pool, instances, store, buffers, egress, packages, sources, server } = parts
  const executors = pool.executors()
  const countOf = (role: string): number => executors.filter((one) => one.role === role).length
  const kept = store.figures
  return [
    { name: 'buffered_bytes', used: buffers.usedBytes, limit: buffers.limitBytes },
    { name: 'connections', used: await server().countConnections(), limit: config.connectionsMax },
    { name: 'waiting_tasks', used: pool.waiting().waiting, limit: config.waiting },
    { name: 'waiting_calls', used: instances.waiting, limit: config.waiting },
    { name: 'live_executors', used: countOf('live'), limit: config.executorsMax },
    { name: 'module_executors', used: countOf('flash'), limit: config.moduleExecutorsMax },
    { name: 'instance_executors', used: countOf('instances'), limit: config.instanceExecutorsMax },
    { name: 'egress_requests', used: egress.inProgress(null), limit: config.egressMax },
    { name: 'jobs', used: kept.jobs, limit: kept.maxJobs },
    { name: 'job_bytes', used: kept.bytes, limit: kept.maxBytes },
    { name: 'package_bytes', used: packages.keptBytes, limit: config.packagesCacheBytes },
    { name: 'bundle_bytes', used: sources.cacheBytes, limit: config.bundleCacheBytes },
    { name: 'code_cache_characters', used: pool.codeCacheCharacters, limit: parts.codeCacheCharacters },
    ...TENANTS.flatMap((tenant): readonly Budget[] => [
      { name: 'instances', tenant, used: instances.countOf(tenant), limit: config.instancesMax },
      { name: 'tenant_egress_requests', tenant, used: egress.inProgress(tenant), limit: config.egressTenantMax },
    ]),
  ]
}
