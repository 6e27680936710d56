// What probes and clients ask about the service itself: GET /ping, /ready, /health and /metrics of an endpoint.
import type { WorkerCounts } from '../core/worker-counts.ts'
import { ENDPOINT_NOT_FOUND } from './answer.ts'
import type { Answer } from './answer.ts'
import type { AppOptions } from './app-options.ts'
import type { RouteHandler } from './endpoint.ts'

const STARTING: Answer = { status: 204, body: null, code: null }
const HEALTHY: Answer = { status: 200, body: '{"status":"healthy"}', code: null }
const UNHEALTHY: Answer = {
  status: 503,
  body: '{"status":"unhealthy"}',
  code: 'EXECUTORS_UNAVAILABLE',
}

/** 204 while starting, 200 when healthy, anything else is unhealthy (protocol.md §4.1). */
export function createPingRoute({ ready }: Pick<AppOptions, 'ready'>): RouteHandler {
  return function ping() {
    const readiness = ready()
    if (readiness === 'starting') return STARTING
    return readiness === 'ready' ? HEALTHY : UNHEALTHY
  }
}

const READY: Answer = { status: 200, body: '{"status":"ready"}', code: null }
const NOT_READY = '{"status":"not ready"}'

/**
 * Whether to send work here now: not while it starts, when no executor can be started or no job kept, or while it shuts down.
 */
export function createReadyRoute({
  ready,
  jobsFailure,
  isDraining,
}: Pick<AppOptions, 'ready' | 'jobsFailure' | 'isDraining'>): RouteHandler {
  return function readiness() {
    if (isDraining()) return { status: 503, body: NOT_READY, code: 'DRAINING' }
    const failure = jobsFailure()
    if (failure !== null) return { status: 503, body: NOT_READY, code: failure.code }
    return ready() === 'ready' ? READY : { status: 503, body: NOT_READY, code: 'EXECUTORS_UNAVAILABLE' }
  }
}

/** What Flash's client reads beside a job's log: the six counters, and the workers that take jobs (protocol.md §2.2). */
export function createMetricsRoute({
  workerCounts,
  workerId,
  ready,
  findDeployment,
}: Pick<AppOptions, 'workerCounts' | 'workerId' | 'ready' | 'findDeployment'>): RouteHandler {
  return function metrics(c) {
    if (findDeployment(c.req.param('endpointId')).kind === 'unknown') return ENDPOINT_NOT_FOUND
    const readyWorkers = ready() === 'ready' ? [workerId] : []
    return { status: 200, body: JSON.stringify({ workers: sixOf(workerCounts()), readyWorkers }), code: null }
  }
}

/** Five job counters and six worker counters, all whole numbers, all always there (protocol.md §2.2). */
export function createHealthRoute({
  jobs,
  workerCounts,
  findDeployment,
}: Pick<AppOptions, 'jobs' | 'workerCounts' | 'findDeployment'>): RouteHandler {
  return function health(c) {
    const endpoint = c.req.param('endpointId')
    if (findDeployment(endpoint).kind === 'unknown') return ENDPOINT_NOT_FOUND
    const { completed, failed, inProgress, inQueue, retried } = jobs.counts(endpoint ?? null)
    const body = JSON.stringify({
      jobs: { completed, failed, inProgress, inQueue, retried },
      workers: sixOf(workerCounts()),
    })
    return { status: 200, body, code: null }
  }
}

/** These keys in this order, whatever else the pool counts. */
function sixOf({ idle, initializing, ready, running, throttled, unhealthy }: WorkerCounts): WorkerCounts {
  return { idle, initializing, ready, running, throttled, unhealthy }
}
