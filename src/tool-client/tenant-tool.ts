// A tool process for many tenants: one at a time, which serves one tenant and no failure twice; tenants take turns.
import { performance } from 'node:perf_hooks'
import type { TenantId } from '../core/task.ts'
import type { Failure } from '../errors.ts'
import { TenantQueue } from './tenant-queue.ts'
import type { ToolMessage, ToolProcess } from './tool-process.ts'

/** What happens to tool processes, for the log and the metrics. */
export type ToolEvent =
  | {
      readonly type: 'started'
      readonly pid: number
      readonly tenant: TenantId
      readonly startMs: number
    }
  | {
      readonly type: 'ended'
      readonly pid: number | null
      readonly tenant: TenantId
      readonly detail: string
    }

export interface TenantToolLimits {
  /** How long a process without work is kept. */
  readonly idleMs: number
  /** How long one tenant keeps the process while others wait. */
  readonly turnMs: number
  /** Requests that wait, of all tenants together. */
  readonly waiting: number
  readonly waitingPerTenant: number
}

export interface Worked<Result> {
  readonly result: Result
  /** Why the process is not to be used again, for the log; null to keep it. */
  readonly retireReason: string | null
}

/** What the tool is and does. */
export interface ToolWork<Job, Result, Message extends ToolMessage> {
  /** What a process is started for, beside its tenant. */
  readonly keyOf: (job: Job) => string
  /** Throws when none can be started. */
  readonly start: (job: Job) => ToolProcess<Message> | Promise<ToolProcess<Message>>
  /** What is known of an equal job. */
  readonly known: (job: Job) => Result | null
  /** Settles with a result whatever the job does to the process; never rejects. */
  readonly work: (process: ToolProcess<Message>, job: Job) => Promise<Worked<Result>>
  readonly failed: (failure: Failure) => Result
  readonly failures: { readonly cancelled: Failure; readonly draining: Failure; readonly unavailable: Failure }
  /** Of jobs that wait: `TypeScript sources`. */
  readonly jobs: string
}

interface Waiting<Job, Result> {
  readonly job: Job
  readonly settle: (result: Result) => void
  /** False as soon as nobody waits for the result any more. */
  wanted: boolean
}

interface Current<Message extends ToolMessage> {
  readonly tenant: TenantId
  readonly key: string
  readonly process: ToolProcess<Message>
}

export class TenantTool<Job, Result, Message extends ToolMessage> implements AsyncDisposable {
  readonly #limits: TenantToolLimits
  readonly #tool: ToolWork<Job, Result, Message>
  readonly #observe: ((event: ToolEvent) => void) | undefined
  readonly #queue: TenantQueue<Waiting<Job, Result>>
  #current: Current<Message> | null = null
  #isWorking = false
  #work: Promise<void> = Promise.resolve()
  #idleTimer: NodeJS.Timeout | undefined
  #turnEndsAt = 0
  #disposed = false

  constructor(
    tool: ToolWork<Job, Result, Message>,
    limits: TenantToolLimits,
    observe: ((event: ToolEvent) => void) | undefined,
  ) {
    this.#tool = tool
    this.#limits = limits
    this.#observe = observe
    this.#queue = new TenantQueue(limits)
  }

  get isDisposed(): boolean {
    return this.#disposed
  }

  /** The process at work, or undefined when there is none. */
  get pid(): number | undefined {
    return this.#current?.process.pid
  }

  /** Never rejects. */
  async run(
    job: Job,
    { tenant, signal }: { readonly tenant: TenantId; readonly signal: AbortSignal },
  ): Promise<Result> {
    const { failed, failures } = this.#tool
    const { promise, resolve } = Promise.withResolvers<Result>()
    const waiting: Waiting<Job, Result> = { job, settle: resolve, wanted: true }
    if (!this.#queue.add(tenant, waiting)) return failed(this.#describeFullQueue())
    const cancel = (): void => {
      waiting.wanted = false
      this.#queue.remove(tenant, waiting)
      resolve(failed(failures.cancelled))
    }
    signal.addEventListener('abort', cancel, { once: true })
    if (!this.#isWorking) this.#work = this.#serve()
    const result = await promise
    signal.removeEventListener('abort', cancel)
    return result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    const { failed, failures } = this.#tool
    for (let next = this.#queue.take(null); next !== null; next = this.#queue.take(null))
      next.item.settle(failed(failures.draining))
    await this.#retire('the service shuts down')
    await this.#work
  }

  #describeFullQueue(): Failure {
    const used = this.#queue.size
    return {
      code: 'QUEUE_FULL',
      message: `${used} ${this.#tool.jobs} wait already.`,
      limit: this.#limits.waiting,
      used,
    }
  }

  /** Serves what waits, one job after the other, until nothing waits. Never rejects. */
  async #serve(): Promise<void> {
    this.#isWorking = true
    clearTimeout(this.#idleTimer)
    for (;;) {
      const keepsTurn = performance.now() < this.#turnEndsAt
      const next = this.#queue.take(keepsTurn ? (this.#current?.tenant ?? null) : null)
      if (next === null) break
      const { tenant, item } = next
      // An equal job may have been done while this one waited.
      // oxlint-disable-next-line no-await-in-loop -- a process has one job at a time
      const result = this.#tool.known(item.job) ?? (await this.#do(tenant, item))
      item.settle(result)
    }
    this.#isWorking = false
    if (this.#disposed) return
    this.#idleTimer = setTimeout(() => void this.#retire('it had no work'), this.#limits.idleMs)
    this.#idleTimer.unref()
  }

  async #do(tenant: TenantId, waiting: Waiting<Job, Result>): Promise<Result> {
    const { failed, failures, work } = this.#tool
    const process = await this.#processFor(tenant, waiting.job)
    if (process === null) return failed(this.#disposed ? failures.draining : failures.unavailable)
    if (!waiting.wanted) return failed(failures.cancelled)
    const { result, retireReason } = await work(process, waiting.job)
    if (retireReason !== null) await this.#retire(retireReason)
    return result
  }

  /** The tenant's process, or null when none can be started. Ends the process of every other tenant first. */
  async #processFor(tenant: TenantId, job: Job): Promise<ToolProcess<Message> | null> {
    const key = this.#tool.keyOf(job)
    const { process: running = null } = this.#current ?? {}
    if (running?.end === null && this.#current?.tenant === tenant && this.#current.key === key) return running
    await this.#retire('another one takes its place')
    if (this.#disposed) return null
    const observe = this.#observe
    const startedAt = performance.now()
    let process: ToolProcess<Message>
    try {
      const started = this.#tool.start(job)
      process = started instanceof Promise ? await started : started
    } catch (error) {
      observe?.({ type: 'ended', pid: null, tenant, detail: `it could not be started: ${String(error)}` })
      return null
    }
    this.#current = { tenant, key, process }
    void process.whenEnded.then(({ detail }) => observe?.({ type: 'ended', pid: process.pid ?? null, tenant, detail }))
    if (this.#disposed) await this.#retire('the service shuts down')
    if (!(await process.whenReady)) return null
    this.#turnEndsAt = performance.now() + this.#limits.turnMs
    observe?.({
      type: 'started',
      pid: process.pid ?? 0,
      tenant,
      startMs: performance.now() - startedAt,
    })
    return process
  }

  async #retire(reason: string): Promise<void> {
    clearTimeout(this.#idleTimer)
    const current = this.#current
    this.#current = null
    await current?.process.kill(reason)
  }
}
