// Runs jobs: takes a request in, moves its job through the states, keeps the result, and knows who still runs.
import { randomUUIDv7 } from 'node:crypto'
import type { EndpointId } from '../core/deployment.ts'
import { DRAINING, SERVICE_FAILED } from '../core/failures.ts'
import type { Usage } from '../core/outcome.ts'
import type { ErrorCode, Failure } from '../errors.ts'
import type { Execution } from '../execution/execute.ts'
import { writeJobOutput } from '../protocol/function-response.ts'
import type { JobPolicy } from '../protocol/job-request.ts'
import { isUnfinished } from '../protocol/job-status.ts'
import { heldCharacters } from '../protocol/parse.ts'
import type { ParsedRequest } from '../protocol/parse.ts'
import { ActiveJob } from './active-job.ts'
import type { FinishedJob } from './active-job.ts'
import { inTurns } from './in-turns.ts'
import { InputRoom } from './input-room.ts'
import type { RoomLease } from './input-room.ts'
import { JobCounters } from './job-counters.ts'
import type { FoundJobs, JobCounts, JobFigures } from './job-counters.ts'
import { JobDeadlines } from './job-deadlines.ts'
import { CANCELLED, DEFECT, INTERRUPTED, NO_USAGE, STORE_FULL } from './job-endings.ts'
import { fromJobInput, toJobInput } from './job-input.ts'
import { JobKeeper } from './job-keeper.ts'
import { JobQueue } from './job-queue.ts'
import type { JobQueueBounds } from './job-queue.ts'
import { JobReader } from './job-reader.ts'
import { advance, claimed, expiryOf, newJob, requeued } from './job-state.ts'
import type { Job, JobDoor, JobEnding } from './job-state.ts'
import { JOBS_UNAVAILABLE, JobStoreError } from './job-store.ts'
import type { JobStore } from './job-store.ts'
import { JobWaiters } from './job-waiters.ts'
import { isPolicyLimit, runJob } from './run-job.ts'
import type { RunJobOptions } from './run-job.ts'

/** When to try again what could not be done, such as on a full disk. */
const PUT_BACK_MS = 1_000

export interface JobRunnerOptions extends Omit<RunJobOptions, 'store' | 'onNews'> {
  readonly store: JobStore
  readonly bounds: JobQueueBounds
  /** Room for the input of a job that comes from the store; null when there is none now. */
  readonly reserve: (characters: number) => RoomLease | null
  /** Whether a job of the endpoint is run again that was running when the service was killed. */
  readonly runsAgain: (endpoint: EndpointId) => boolean
  /** Told of the end of a job that was taken in by an earlier process. */
  readonly onLateEnd: (finished: FinishedJob) => void
  /** Told of a finished job that has a webhook. */
  readonly onWebhookDue: () => void
}

export interface Submission {
  readonly door: JobDoor
  /** Whose queue it is in. */
  readonly endpoint: EndpointId
  readonly parsed: ParsedRequest
  readonly policy: JobPolicy
  readonly webhook?: string | null
  readonly isStreamAggregated?: boolean
  /** Called once, when the caller need not hold the input any more. */
  readonly onInputFree: () => void
}

export type Submitted =
  | { readonly ok: true; readonly id: string; /** Never rejects. */ readonly finished: Promise<FinishedJob> }
  | { readonly ok: false; readonly failure: Failure }

export class JobRunner implements AsyncDisposable {
  readonly #options: JobRunnerOptions
  readonly #queue: JobQueue
  readonly #waiters = new JobWaiters()
  readonly #counters = new JobCounters()
  readonly #active = new Map<string, ActiveJob>()
  readonly #deadlines: JobDeadlines
  readonly #keeper: JobKeeper
  readonly #room: InputRoom
  /** What clients ask for. */
  readonly reader: JobReader
  #isDraining = false
  #isStopping = false

  constructor(options: JobRunnerOptions) {
    this.#options = options
    this.#queue = new JobQueue(options.bounds)
    this.#room = new InputRoom(options.reserve)
    this.#deadlines = new JobDeadlines(options.now, (id) => this.#expire(id))
    const { store, onDefect } = options
    this.#keeper = new JobKeeper({ store, onDefect, onKept: (active) => this.#forget(active) })
    this.reader = new JobReader({ store: options.store, active: this.#active, waiters: this.#waiters })
  }

  /** Takes over the jobs that an earlier process left: to be called once, before the first `submit`. */
  async start(): Promise<FoundJobs> {
    const { store, now, runsAgain, onWebhookDue } = this.#options
    const found = { waiting: 0, again: 0, interrupted: 0 }
    const stored: Promise<void>[] = []
    for (const job of await store.unfinished()) {
      const wasRunning = job.status === 'IN_PROGRESS'
      if (wasRunning && !runsAgain(job.endpoint)) {
        found.interrupted++
        stored.push(store.update(advance(job, { type: 'finished', at: now(), ...INTERRUPTED })))
      } else {
        found[wasRunning ? 'again' : 'waiting']++
        const active = this.#activate(wasRunning ? requeued(job, now(), job.retries) : job)
        if (wasRunning) stored.push(store.restart(active.job).then(() => undefined))
        void active.finished.then(this.#options.onLateEnd)
        this.#queue.push(job.endpoint, job.id, job.isLowPriority)
      }
    }
    await Promise.all(stored)
    this.#counters.found(found)
    onWebhookDue()
    this.#dispatch()
    return found
  }

  /** Accepts a job, and stores it; the answer comes before it ends. Ids are `<uuid>-u1` and `sync-<uuid>-u1`. */
  async submit(submission: Submission): Promise<Submitted> {
    const { now } = this.#options
    const { door, endpoint, policy, parsed } = submission
    const refusal = this.#refusal(endpoint)
    if (refusal !== null) return refuse(submission, refusal)
    const submittedAt = now()
    const job = newJob({
      // In the order of time, so that the ids of jobs that come together are together in the store.
      id: door === 'run' ? `${randomUUIDv7()}-u1` : `sync-${randomUUIDv7()}-u1`,
      endpoint,
      door,
      submittedAt,
      expiresAt: expiryOf(submittedAt, policy.ttl),
      executionTimeoutMs: policy.executionTimeout ?? null,
      isLowPriority: policy.lowPriority === true,
      isStreamAggregated: submission.isStreamAggregated === true,
      webhook: submission.webhook ?? null,
    })
    const isFirst = !this.#isDraining && this.#queue.enter(endpoint)
    const failure = await this.#store(isFirst ? claimed(job, now()) : job, parsed)
    if (failure !== null) {
      if (isFirst) this.#leave(endpoint)
      return refuse(submission, failure)
    }
    this.#counters.accepted(door)
    const active = this.#activate(job)
    if (isFirst) void this.#run(active, parsed, submission.onInputFree)
    else {
      submission.onInputFree()
      this.#queue.push(endpoint, job.id, job.isLowPriority)
      this.#dispatch()
    }
    return { ok: true, id: job.id, finished: active.finished }
  }

  /** Gives a job another time to live, counted from its submission; the job, or null when there is none. */
  async setTtl(endpoint: EndpointId, id: string, ttlMs: number): Promise<Job | null> {
    const job = await this.reader.get(endpoint, id)
    if (job === null) return null
    const changed = { ...job, expiresAt: expiryOf(job.submittedAt, ttlMs) }
    const active = this.#active.get(id)
    if (active !== undefined) {
      active.job = { ...active.job, expiresAt: changed.expiresAt }
      this.#deadlines.set(id, changed.expiresAt)
    }
    await this.#options.store.update(active === undefined ? changed : this.#asStored(active))
    return changed
  }

  /** Ends a job at once, whether it waits or runs; what it was doing is stopped behind that. A finished one stays as it is. */
  async cancel(endpoint: EndpointId, id: string): Promise<Job | null> {
    const active = this.#active.get(id)
    if (active === undefined || active.job.endpoint !== endpoint) return this.reader.get(endpoint, id)
    if (active.isExpired) return null
    await this.#cancel(active)
    return active.job
  }

  /** Cancels the jobs of an endpoint that have not started; how many. Those that run go on. */
  async purgeQueue(endpoint: EndpointId): Promise<number> {
    const waits = ({ job }: ActiveJob): boolean => job.endpoint === endpoint && job.status === 'IN_QUEUE'
    return inTurns(this.#active.values().filter(waits).toArray(), waits, async (active) => this.#cancel(active))
  }

  /** Runs a job again that failed: the same id and input, and its earlier output is gone. The job as it is when it cannot. */
  async retry(endpoint: EndpointId, id: string): Promise<Submitted | { readonly ok: false; readonly job: Job | null }> {
    const job = await this.reader.get(endpoint, id)
    if (job?.status !== 'FAILED' && job?.status !== 'TIMED_OUT') return { ok: false, job }
    await this.#active.get(id)?.finished // Clients see its end a moment before it is stored.
    const other = this.#active.get(id)
    if (other?.isOwed === true) return { ok: false, failure: JOBS_UNAVAILABLE }
    if (other !== undefined) return { ok: false, job: other.job }
    const refusal = this.#refusal(endpoint)
    if (refusal !== null) return { ok: false, failure: refusal }
    const active = this.#activate(requeued(job, this.#options.now(), job.retries + 1))
    if (!(await this.#options.store.restart(active.job))) {
      this.#stop(active)
      this.#active.delete(id)
      return { ok: false, job: null }
    }
    this.#counters.retried(endpoint)
    if (isUnfinished(active.job.status)) {
      this.#queue.push(endpoint, id, job.isLowPriority)
      this.#dispatch()
    }
    return { ok: true, id, finished: active.finished }
  }

  /** @param endpoint null for all. */
  counts(endpoint: EndpointId | null): JobCounts {
    return this.#counters.read(endpoint, this.#active.values())
  }

  figures(): JobFigures {
    return this.#counters.figures(this.#active.values())
  }

  /** Takes no new job from now on; settles when the last running one has ended. What waits is left to a store that keeps it. */
  async drain(): Promise<void> {
    this.#isDraining = true
    const left = [...this.#active.values()].filter(({ isRunning }) => isRunning || !this.#options.store.isDurable)
    await Promise.all(left.map((active) => active.finished))
  }

  /** Stops what still runs and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true
    this.#isDraining = true
    for (const active of this.#active.values()) active.controller?.abort()
    await this.drain()
  }

  /** Why it is not kept; null when it is. */
  async #store(job: Job, parsed: ParsedRequest): Promise<Failure | null> {
    const { store, onDefect } = this.#options
    try {
      if (!(await store.add(job, toJobInput(parsed)))) return STORE_FULL
      if (!this.#isDraining) return null
      await store.remove(job.id)
      return DRAINING
    } catch (error) {
      if (error instanceof JobStoreError) return error.failure
      onDefect(error)
      return SERVICE_FAILED
    }
  }

  #refusal(endpoint: EndpointId): Failure | null {
    if (this.#isDraining) return DRAINING
    if (this.#queue.hasRoom(endpoint)) return null
    const limit = this.#options.bounds.waitingPerEndpointMax
    const message = `${this.#queue.waitingOf(endpoint)} jobs of this endpoint wait already; the limit is ${limit}.`
    return { code: 'QUEUE_FULL', message }
  }

  #activate(job: Job): ActiveJob {
    const active = new ActiveJob(job)
    this.#active.set(job.id, active)
    this.#deadlines.set(job.id, job.expiresAt)
    return active
  }

  /** Gives jobs that wait a place among the running for as long as there is both. */
  #dispatch(): void {
    if (this.#isStopping || (this.#isDraining && this.#options.store.isDurable)) return
    for (let id = this.#queue.next(); id !== undefined; id = this.#queue.next()) {
      const active = this.#active.get(id)
      if (active === undefined) throw new Error('a job waits that is not active')
      void this.#load(active)
    }
  }

  /** That it runs is stored before it does: whatever happens now, nobody takes it for one that has not run. */
  async #load(active: ActiveJob): Promise<void> {
    const { store, now, onDefect } = this.#options
    active.controller = new AbortController()
    try {
      const [input] = await Promise.all([store.input(active.job.id), store.update(claimed(active.job, now()))])
      if (input === null && isUnfinished(active.job.status)) throw new Error('a job waits whose input is not kept')
      if (input === null) return await this.#end(active, { ...CANCELLED, usage: NO_USAGE })
      const parsed = fromJobInput(input)
      const room = await this.#room.take(heldCharacters(parsed))
      await this.#run(active, parsed, () => room.release())
    } catch (error) {
      if (error instanceof JobStoreError) return this.#putBack(active)
      onDefect(error)
      await this.#end(active, { ...DEFECT, usage: NO_USAGE })
    }
  }

  /** Nobody waits for the answer, and nothing of it ran: somebody may have mended what is wrong before its time is over. */
  #mayWait({ job }: ActiveJob): boolean {
    return job.door === 'run' && isUnfinished(job.status) && !this.#isStopping
  }

  /** It cannot run now, or the store cannot say what it is: it waits on, here or for the next start. */
  async #putBack(active: ActiveJob): Promise<void> {
    const { id, endpoint, isLowPriority } = active.job
    active.controller = null
    await this.#keeper.keep(active)
    setTimeout(() => {
      this.#leave(endpoint)
      if (isUnfinished(active.job.status) && this.#options.store.failure === null)
        this.#queue.push(endpoint, id, isLowPriority)
      this.#dispatch()
    }, PUT_BACK_MS)
  }

  async #run(active: ActiveJob, parsed: ParsedRequest, onInputFree: () => void): Promise<void> {
    active.controller ??= new AbortController()
    if (this.#isStopping) active.controller.abort()
    const options = { ...this.#options, onNews: (id: string) => this.#waiters.tell(id) }
    const { response, code, usage } = await runJob(active, parsed, options)
    onInputFree()
    if (code === 'EXECUTORS_UNAVAILABLE' && this.#mayWait(active)) return this.#putBack(active)
    await this.#end(active, {
      output: writeJobOutput(response),
      error: response.error,
      code,
      isTimedOut: code === 'LIMIT_WALL' && isPolicyLimit(active.job, parsed),
      usage,
    })
  }

  async #end(active: ActiveJob, { usage, ...ending }: JobEnding & Pick<Execution, 'usage'>): Promise<void> {
    const { now, onWebhookDue } = this.#options
    const { id, endpoint } = active.job
    const wasCancelled = !isUnfinished(active.job.status)
    const isCutOff = !wasCancelled && !active.isExpired && this.#wasCutOff(ending.code)
    active.job = advance(active.job, { type: 'finished', at: now(), ...(isCutOff ? INTERRUPTED : ending) })
    this.#leave(endpoint)
    this.#counters.ended(endpoint, active.job.status)
    // One that was cancelled is stored as such, and one that was cut off is for the next start to decide about.
    if (!wasCancelled && !isCutOff && !active.isExpired) await this.#keeper.keep(active)
    // What is not stored yet only this process can tell.
    if (!active.isOwed) this.#active.delete(id)
    this.#finish(active, usage)
    this.#waiters.tell(id)
    if (active.job.webhookDueAt !== null) onWebhookDue()
  }

  /** Whether the service, and nobody else, ended it. */
  #wasCutOff(code: ErrorCode | null): boolean {
    const { isDurable } = this.#options.store
    const isCutOff = code === 'CANCELLED' || code === 'DRAINING' || (this.#isStopping && code === 'EXECUTOR_LOST')
    return isDurable && this.#isDraining && isCutOff
  }

  #leave(endpoint: EndpointId): void {
    this.#queue.leave(endpoint)
    this.#room.tell()
    this.#dispatch()
  }

  async #cancel(active: ActiveJob): Promise<void> {
    active.job = advance(active.job, { type: 'finished', at: this.#options.now(), ...CANCELLED })
    this.#stop(active)
    await this.#keeper.keep(active)
    if (!active.isRunning && !active.isOwed) this.#active.delete(active.job.id)
    if (active.job.webhookDueAt !== null) this.#options.onWebhookDue()
  }

  /** `ttl` is hard: the job goes even while it runs (protocol.md §2.2). */
  #expire(id: string): void {
    const active = this.#active.get(id)
    if (active === undefined || !isUnfinished(active.job.status)) return
    active.isExpired = true
    active.job = advance(active.job, { type: 'finished', at: this.#options.now(), ...CANCELLED })
    this.#stop(active)
    if (!active.isRunning) this.#active.delete(active.job.id)
    void this.#options.store.remove(active.job.id).catch(this.#options.onDefect)
  }

  /** One that runs ends by itself when its code has been stopped. */
  #stop(active: ActiveJob): void {
    const { id, endpoint } = active.job
    if (active.controller === null) {
      this.#queue.remove(endpoint, id)
      this.#finish(active, NO_USAGE)
    } else active.controller.abort()
    this.#waiters.tell(id)
  }

  #finish(active: ActiveJob, usage: Usage): void {
    this.#deadlines.set(active.job.id, null)
    active.finish(usage)
  }

  /** One that has ended, and whose end is stored. */
  #forget({ job }: ActiveJob): void {
    if (!isUnfinished(job.status)) this.#active.delete(job.id)
  }

  /** What the store is to hold of a job that has not ended. */
  #asStored({ job, controller }: ActiveJob): Job {
    return controller === null ? job : claimed(job, this.#options.now())
  }
}

function refuse(submission: Submission, failure: Failure): Submitted {
  submission.onInputFree()
  return { ok: false, failure }
}
