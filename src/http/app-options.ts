// What the HTTP front needs from the rest of the service; `main.ts` provides it.
import type { FoundDeployment } from '../core/deployment.ts'
import type { TenantId } from '../core/task.ts'
import type { WorkerCounts } from '../core/worker-counts.ts'
import type { Failure } from '../errors.ts'
import type { Execute, Invoke } from '../execution/execute.ts'
import type { JobRunner } from '../jobs/job-runner.ts'
import type { Admin } from './admin-routes.ts'
import type { BufferBudget } from './buffer-budget.ts'
import type { Access } from './check-access.ts'
import type { Metrics } from './metrics-route.ts'
import type { RequestRecord } from './request-record.ts'

/** `starting` until the first executor can run something; `unhealthy` when none can be started. */
type Readiness = 'starting' | 'ready' | 'unhealthy'

export interface AppOptions {
  readonly execute: Execute
  readonly invoke: Invoke
  readonly jobs: JobRunner
  /** What is served under an endpoint id; undefined for the root. */
  readonly findDeployment: (endpointId: string | undefined) => FoundDeployment
  /** Whether `/execute` takes code also where a load-balanced deployment is served. */
  readonly executeLive: boolean
  readonly access: Access
  /** Null when there is no admin key. */
  readonly admin: Admin | null
  /** Whose code this endpoint runs. */
  readonly tenant: TenantId
  readonly workerId: string
  /** The largest body and input of /execute and /run. */
  readonly inputBytes: number
  /** The same for /runsync. */
  readonly syncInputBytes: number
  /** How long a body may take to arrive. */
  readonly uploadMs: number
  /** How long a client may take to read an answer that does not fit into one write. */
  readonly sendMs: number
  readonly buffers: BufferBudget
  readonly ready: () => Readiness
  /** Why jobs can be neither kept nor read, for good; null while they can. */
  readonly jobsFailure: () => Failure | null
  readonly workerCounts: () => WorkerCounts
  readonly isDraining: () => boolean
  /** Called once per request when its answer is known, and once more for a job that ends after its request was answered. */
  readonly onRequest: (record: RequestRecord) => void
  /** What the service counts of itself. */
  readonly metrics: Metrics
  /** Told of every defect that became a 500. */
  readonly onDefect: (error: unknown) => void
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}
