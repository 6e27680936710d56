// Runs jobs: takes a request in, moves its job through the states, keeps the result, and knows who still runs.
import { randomUUID } from 'node:crypto'
import type { Deployment, EndpointId } from '../core/deployment.ts'
import type { Usage } from '../core/outcome.ts'
import type { TenantId } from '../core/task.ts'
import type { Failure } from '../errors.ts'
import type { Execute, Execution } from '../execution/execute.ts'
import { writeJobOutput } from '../protocol/function-response.ts'
import type { JobPolicy } from '../protocol/job-request.ts'
import type { ParsedRequest } from '../protocol/parse.ts'
import { executeParsed, failedExecution } from './execute-parsed.ts'
import { advance, newJob } from './job-state.ts'
import type { Job, JobDoor, JobEnding } from './job-state.ts'
import { JobStoreError } from './job-store.ts'
import type { JobInput, JobStore } from './job-store.ts'

/** The longest `policy.ttl` (protocol.md §2.2), which also keeps its timer within what a timer can hold. */
const TTL_MS_MAX = 7 * 24 * 60 * 60_000

export interface JobRunnerOptions {
  readonly execute: Execute
  readonly store: JobStore
  readonly tenant: TenantId
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Told of a defect of the service that ended a job; the job itself says INTERNAL. */
  readonly onDefect: (error: unknown) => void
}

export interface Submission {
  readonly door: JobDoor
  /** Whose queue it is in. */
  readonly endpoint: EndpointId
  readonly parsed: ParsedRequest
  /** What a request without code is served from. */
  readonly deployment: Deployment | null
  readonly policy: JobPolicy
  /** The input that this door allows. */
  readonly inputBytes: number
  /** Called once, when the input of the job is needed no more. */
  readonly onInputFree: () => void
}

export interface FinishedJob {
  readonly job: Job
  readonly usage: Usage
}

export type Submitted =
  | {
      readonly ok: true
      readonly id: string
      /** Never rejects. */ readonly finished: Promise<FinishedJob>
    }
  | { readonly ok: false; readonly failure: Failure }

export interface JobCounts {
  readonly completed: number
  readonly failed: number
  readonly inProgress: number
  readonly inQueue: number
  readonly retried: number
}

interface Active {
  readonly endpoint: EndpointId
  readonly controller: AbortController
  job: Job
  finished: Promise<FinishedJob>
}

export class JobRunner implements AsyncDisposable {
  readonly #options: JobRunnerOptions
  readonly #active = new Map<string, Active>()
  #completed = 0
  #failed = 0
  #isDraining = false

  constructor(options: JobRunnerOptions) {
    this.#options = options
  }

  /** Accepts a job and starts it; the answer comes before it ends. Ids are `<uuid>-u1` and `sync-<uuid>-u1`. */
  async submit(submission: Submission): Promise<Submitted> {
    const { store, now } = this.#options
    const { door, policy } = submission
    if (this.#isDraining) return this.#refuse(submission, DRAINING)
    const id = door === 'run' ? `${randomUUID()}-u1` : `sync-${randomUUID()}-u1`
    const ttlMs = policy.ttl === undefined ? undefined : Math.min(policy.ttl, TTL_MS_MAX)
    const submittedAt = now()
    const expiresAt = ttlMs === undefined ? null : submittedAt + ttlMs
    const job = newJob({ id, endpoint: submission.endpoint, door, submittedAt, expiresAt })
    const kept = await store.add(job, NO_INPUT).catch((error: unknown) => {
      if (error instanceof JobStoreError) return error.failure
      submission.onInputFree()
      throw error
    })
    if (kept !== true) return this.#refuse(submission, kept === false ? STORE_FULL : kept)
    if (this.#isDraining) {
      await store.remove(id)
      return this.#refuse(submission, DRAINING)
    }
    const { endpoint } = submission
    const active: Active = { endpoint, controller: new AbortController(), job, finished: NEVER }
    this.#active.set(id, active)
    active.finished = this.#run(active, submission, ttlMs)
    return { ok: true, id, finished: active.finished }
  }

  /** The job as it is now; null when its time is over or it never was. */
  get(id: string): Promise<Job | null> {
    return this.#options.store.get(id)
  }

  /** The end of a job that goes on; null when it has ended or never was. Never rejects. */
  finished(id: string): Promise<FinishedJob> | null {
    return this.#active.get(id)?.finished ?? null
  }

  /**
   * Ends a job at once, whether it waits or runs; what it was doing is stopped behind that. The job as it is then: a finished
   * one stays as it is. Null when there is none.
   */
  async cancel(id: string): Promise<Job | null> {
    const kept = await this.#options.store.get(id)
    const active = this.#active.get(id)
    // One whose `ttl` is over may still be on its way to its end.
    if (kept === null || active === undefined) return kept
    await this.#cancel(active)
    return active.job
  }

  /** Cancels the jobs of an endpoint that have not started; how many. Those that run go on. */
  async purgeQueue(endpoint: EndpointId): Promise<number> {
    const waiting = [...this.#active.values()].filter(
      (active) => active.endpoint === endpoint && active.job.status === 'IN_QUEUE',
    )
    await Promise.all(waiting.map(async (active) => this.#cancel(active)))
    return waiting.length
  }

  async #cancel(active: Active): Promise<void> {
    const at = this.#options.now()
    active.job = advance(active.job, { type: 'finished', at, ...CANCELLED })
    active.controller.abort()
    await this.#options.store.update(active.job)
  }

  /** The five counters of /health: the finished ones since the start, the others now. */
  counts(): JobCounts {
    let inProgress = 0
    for (const { job } of this.#active.values()) if (job.status === 'IN_PROGRESS') inProgress += 1
    const inQueue = this.#active.size - inProgress
    return { completed: this.#completed, failed: this.#failed, inProgress, inQueue, retried: 0 }
  }

  /** Takes no new job from now on; settles when the last running one has ended. */
  async drain(): Promise<void> {
    this.#isDraining = true
    await Promise.all([...this.#active.values()].map((active) => active.finished))
  }

  /** Cancels what still runs and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDraining = true
    for (const active of this.#active.values()) active.controller.abort()
    await this.drain()
  }

  async #run(active: Active, submission: Submission, ttlMs: number | undefined): Promise<FinishedJob> {
    const { store } = this.#options
    const { id } = active.job
    const expiry = ttlMs === undefined ? null : setTimeout(() => this.#expire(active), ttlMs).unref()
    const execution = await this.#execute(active, submission)
    if (expiry !== null) clearTimeout(expiry)
    submission.onInputFree()
    const { response, code, usage } = execution
    const isTimedOut = code === 'LIMIT_WALL' && isPolicyLimit(submission)
    active.job = advance(active.job, {
      type: 'finished',
      at: this.#options.now(),
      output: writeJobOutput(response),
      error: response.error,
      code,
      queueMs: usage.phases.queueMs ?? 0,
      isTimedOut,
    })
    if (active.job.status === 'COMPLETED') this.#completed += 1
    else if (active.job.status !== 'CANCELLED') this.#failed += 1
    await store.update(active.job).catch(this.#options.onDefect)
    this.#active.delete(id)
    return { job: active.job, usage }
  }

  async #execute(active: Active, submission: Submission): Promise<Execution> {
    const { execute, tenant, now, store, onDefect } = this.#options
    const context = {
      id: active.job.id,
      tenant,
      signal: active.controller.signal,
      wallMs: submission.policy.executionTimeout,
      inputBytes: submission.inputBytes,
      deployment: submission.deployment,
      onStart: () => {
        active.job = advance(active.job, { type: 'started', at: now() })
        void store.update(active.job).catch(onDefect)
      },
    }
    try {
      return await executeParsed(execute, submission.parsed, context)
    } catch (error) {
      onDefect(error)
      return failedExecution({
        code: 'INTERNAL',
        message: 'The service failed; its log has the details.',
      })
    }
  }

  /** `ttl` is hard: the job goes even while it runs (protocol.md §2.2). */
  #expire(active: Active): void {
    active.controller.abort()
    void this.#options.store.remove(active.job.id).catch(this.#options.onDefect)
  }

  #refuse(submission: Submission, failure: Failure): Submitted {
    submission.onInputFree()
    return { ok: false, failure }
  }
}

const NEVER = new Promise<never>(() => {})

/** A job runs once, from what this process holds of it. */
const NO_INPUT: JobInput = { head: '', code: '', input: '' }

/** Whoever cancels a job knows why it has no result. */
const CANCELLED: JobEnding = { output: null, error: null, code: 'CANCELLED', queueMs: 0, isTimedOut: false }

const DRAINING: Failure = {
  code: 'DRAINING',
  message: 'The service is shutting down and takes no new work.',
}

const STORE_FULL: Failure = {
  code: 'QUEUE_FULL',
  message: 'As many unfinished jobs are kept as the service holds.',
}

/** Whether `policy.executionTimeout`, not a lower limit of the request itself, was the wall that the job hit. */
function isPolicyLimit({ policy, parsed }: Submission): boolean {
  if (policy.executionTimeout === undefined || !parsed.ok) return false
  const asked = 'shape' in parsed.request ? undefined : parsed.request.limits.wallMs
  return asked === undefined || asked >= policy.executionTimeout
}
