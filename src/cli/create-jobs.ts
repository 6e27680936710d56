// Jobs, composed from the configuration: what runs them, what posts their ends, and what an earlier process left of them.
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { DEFAULT_ENDPOINT } from '../core/deployment.ts'
import type { Deployment, EndpointId, FoundDeployment } from '../core/deployment.ts'
import { DEFAULT_TENANT } from '../core/task.ts'
import type { Execute } from '../execution/execute.ts'
import type { BufferBudget } from '../http/buffer-budget.ts'
import { recordOfEnd } from '../http/job-record.ts'
import type { RequestRecord } from '../http/request-record.ts'
import { JobRunner } from '../jobs/job-runner.ts'
import type { Job } from '../jobs/job-state.ts'
import type { JobStore } from '../jobs/job-store.ts'
import { WebhookDeliverer } from '../jobs/webhook-deliverer.ts'
import type { WebhookResult } from '../jobs/webhook-schedule.ts'
import { writeJobResponse } from '../protocol/job-response.ts'
import { createWebhooks } from './create-webhooks.ts'

/**
 * Jobs that run at the same time. Of one endpoint as many as its executors run at once, and no more: what has a place counts as
 * started, and would be given up after a kill although it only waited.
 */
const RUNNING_MAX = 256

export interface JobsOptions {
  readonly config: Config
  readonly store: JobStore
  readonly execute: Execute
  /** What is served under an endpoint id; undefined for the root. */
  readonly findDeployment: (endpointId: string | undefined) => FoundDeployment
  readonly buffers: BufferBudget
  readonly workerId: string
  readonly log: Logger
  /** Told of the end of a job that was taken in by an earlier process. */
  readonly onLateEnd: (record: RequestRecord) => void
  readonly onDefect: (error: unknown) => void
}

export interface WebhookFigures {
  /** What became of each post. */
  readonly posts: Readonly<Record<WebhookResult, number>>
  /** Jobs that nobody will be told of. */
  readonly givenUp: number
}

export interface Jobs extends AsyncDisposable {
  readonly runner: JobRunner
  /** Since the start. */
  webhooks(): WebhookFigures
  /** Takes over what an earlier process left: to be called once, when everything else is there. */
  start(): Promise<void>
}

export function createJobs(options: JobsOptions): Jobs {
  const { config, store, execute, findDeployment, buffers, log, onLateEnd, onDefect } = options
  const webhooks = createWebhooks(config)
  const told = { posts: { taken: 0, failed: 0, final: 0, interrupted: 0 }, givenUp: 0 }
  const deliverer = createDeliverer(options, webhooks.post, told)
  const findAt = (endpoint: EndpointId): FoundDeployment =>
    findDeployment(endpoint === DEFAULT_ENDPOINT ? undefined : endpoint)
  const tasksAt = (endpoint: EndpointId): number => {
    const found = findAt(endpoint)
    if (found.kind === 'unknown' || found.deployment === null) return config.executorsMax
    return config.executorsPerDeployment * overlapOf(found.deployment)
  }
  const runner = new JobRunner({
    execute,
    store,
    tenant: DEFAULT_TENANT,
    now: Date.now,
    onDefect,
    findDeployment: findAt,
    bounds: {
      runningMax: RUNNING_MAX,
      runningMaxAt: tasksAt,
      waitingPerEndpointMax: config.jobsWaiting,
    },
    inputBytes: { run: config.inputBytes, runsync: config.runsyncInputBytes },
    reserve: (characters) => buffers.reserve(characters),
    runsAgain: runsAgainAt(config.atLeastOnce),
    onLateEnd: (finished) => {
      const { id, endpoint, door, status, code, delayMs, executionMs } = finished.job
      log.info({ id, endpoint, jobStatus: status, code }, 'a job of an earlier start has ended')
      onLateEnd(recordOfEnd(`/${door}`, null, finished, delayMs + executionMs))
    },
    onWebhookDue: () => deliverer.wake(),
  })
  return {
    runner,
    webhooks: () => told,
    async start() {
      const found = await runner.start()
      if (Object.values(found).some((count) => count > 0)) log.info(found, 'jobs of an earlier start were found')
      deliverer.start()
    },
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]()
      await deliverer[Symbol.asyncDispose]()
      await webhooks[Symbol.asyncDispose]()
    },
  }
}

const overlaps = new WeakMap<Deployment, number>()

/** The most calls that one executor of the deployment runs at once. */
function overlapOf(deployment: Deployment): number {
  const known = overlaps.get(deployment)
  if (known !== undefined) return known
  const functions = deployment.resources.flatMap((resource) => resource.functions)
  const told = functions.filter(({ learnsConcurrency }) => learnsConcurrency !== true)
  const overlap = Math.max(1, ...told.map(({ maxConcurrency }) => maxConcurrency))
  overlaps.set(deployment, overlap)
  return overlap
}

function createDeliverer(
  { store, workerId, log, onDefect }: JobsOptions,
  post: ConstructorParameters<typeof WebhookDeliverer<Job>>[0]['post'],
  told: { readonly posts: Record<WebhookResult, number>; givenUp: number },
): WebhookDeliverer<Job> {
  return new WebhookDeliverer<Job>({
    due: async (now, limit) => store.dueWebhooks(now, limit),
    update: async (job, state) => store.update({ ...job, ...state }),
    post,
    body: (job) => writeJobResponse({ ...job, delayTime: job.delayMs, executionTime: job.executionMs, workerId }),
    now: Date.now,
    onPosted: (result) => void told.posts[result]++,
    onGivenUp: (id, tries, problem) => {
      told.givenUp++
      log.warn({ id, tries, problem }, 'a webhook was not taken')
    },
    onDefect,
  })
}

/** @param listed as `AT_LEAST_ONCE` has it. */
function runsAgainAt(listed: string): (endpoint: EndpointId) => boolean {
  const endpoints = new Set(listed.split(',').map((one) => one.trim()))
  return (endpoint) => endpoints.has('*') || endpoints.has(endpoint)
}
