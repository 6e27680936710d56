// TypeScript to JavaScript for many tenants through one tool process at a time, which serves one tenant and no failure twice.
import { performance } from 'node:perf_hooks'
import type { TenantId } from '../core/task.ts'
import type { Transpiled, Transpiler } from '../core/transpiler.ts'
import type { Failure } from '../errors.ts'
import { CANCELLED, describeEnd, describeLoneSurrogate, describeRejection } from './describe-failure.ts'
import { describeTooLarge, DRAINING, UNAVAILABLE } from './describe-failure.ts'
import { startStripProcess, strip } from './strip-process.ts'
import type { StripProcess } from './strip-process.ts'
import { TenantQueue } from './tenant-queue.ts'
import { TranspileCache } from './transpile-cache.ts'

/** What happens to tool processes, for the log and the metrics. */
export type StripProcessEvent =
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

export interface StripTranspilerOptions {
  /** The largest source, in bytes of UTF-8. */
  readonly inputBytes?: number
  /** How long one source may take in a process that is ready. */
  readonly deadlineMs?: number
  /** Resident memory of the process while it works. */
  readonly residentMb?: number
  /** How long a process without work is kept. */
  readonly idleMs?: number
  /** How long one tenant keeps the process while others wait. */
  readonly turnMs?: number
  /** Requests that wait, of all tenants together. */
  readonly waiting?: number
  readonly waitingPerTenant?: number
  /** What the kept results, and their keys, may take. */
  readonly cacheBytes?: number
  /** User and group of the tool process; for services that run as root. */
  readonly uid?: number
  /** Another program in place of the tool; for tests. */
  readonly entryPath?: string
  readonly observe?: (event: StripProcessEvent) => void
}

const DEFAULTS = {
  inputBytes: 1024 * 1024,
  deadlineMs: 5_000,
  residentMb: 512,
  idleMs: 60_000,
  turnMs: 250,
  waiting: 256,
  waitingPerTenant: 64,
  cacheBytes: 8 * 1024 * 1024,
}

interface Job {
  readonly key: string
  readonly source: string
  readonly settle: (result: Transpiled) => void
  /** False as soon as nobody waits for the result any more. */
  wanted: boolean
}

const failed = (failure: Failure): Transpiled => ({ ok: false, failure })

export class StripTranspiler implements Transpiler {
  readonly #options: typeof DEFAULTS & StripTranspilerOptions
  readonly #cache: TranspileCache
  readonly #queue: TenantQueue<Job>
  #current: { readonly tenant: TenantId; readonly process: StripProcess } | null = null
  #isWorking = false
  #work: Promise<void> = Promise.resolve()
  #idleTimer: NodeJS.Timeout | undefined
  #turnEndsAt = 0
  #disposed = false

  constructor(options: StripTranspilerOptions = {}) {
    this.#options = { ...DEFAULTS, ...options }
    this.#cache = new TranspileCache(this.#options.cacheBytes)
    this.#queue = new TenantQueue(this.#options)
  }

  async transpile(
    source: string,
    options: { readonly tenant: TenantId; readonly signal: AbortSignal },
  ): Promise<Transpiled> {
    const { tenant, signal } = options
    if (signal.aborted) return failed(CANCELLED)
    if (this.#disposed) return failed(DRAINING)
    const refusal = this.#refuse(source)
    if (refusal !== null) return failed(refusal)
    const key = TranspileCache.key(tenant, source)
    const known = this.#cache.get(key)
    if (known !== null) return known

    const { promise, resolve } = Promise.withResolvers<Transpiled>()
    const job: Job = { key, source, settle: resolve, wanted: true }
    if (!this.#queue.add(tenant, job)) return failed(this.#describeFullQueue())
    const cancel = (): void => {
      job.wanted = false
      this.#queue.remove(tenant, job)
      resolve(failed(CANCELLED))
    }
    signal.addEventListener('abort', cancel, { once: true })
    if (!this.#isWorking) this.#work = this.#serve()
    const result = await promise
    signal.removeEventListener('abort', cancel)
    return result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    for (let next = this.#queue.take(null); next !== null; next = this.#queue.take(null))
      next.item.settle(failed(DRAINING))
    await this.#retire('the service shuts down')
    await this.#work
  }

  #refuse(source: string): Failure | null {
    const { inputBytes: limit } = this.#options
    const used = Buffer.byteLength(source)
    if (used > limit) return describeTooLarge(used, limit)
    return source.isWellFormed() ? null : describeLoneSurrogate(source)
  }

  #describeFullQueue(): Failure {
    const used = this.#queue.size
    return {
      code: 'QUEUE_FULL',
      message: `${used} TypeScript sources wait already.`,
      limit: this.#options.waiting,
      used,
    }
  }

  /** Serves what waits, one source after the other, until nothing waits. Never rejects. */
  async #serve(): Promise<void> {
    this.#isWorking = true
    clearTimeout(this.#idleTimer)
    for (;;) {
      const keepsTurn = performance.now() < this.#turnEndsAt
      const next = this.#queue.take(keepsTurn ? (this.#current?.tenant ?? null) : null)
      if (next === null) break
      const { tenant, item: job } = next
      // An equal source may have been stripped while this one waited.
      // oxlint-disable-next-line no-await-in-loop -- a process has one source at a time
      const result = this.#cache.get(job.key) ?? (await this.#strip(tenant, job))
      job.settle(result)
    }
    this.#isWorking = false
    if (this.#disposed) return
    this.#idleTimer = setTimeout(() => void this.#retire('it had no work'), this.#options.idleMs)
    this.#idleTimer.unref()
  }

  async #strip(tenant: TenantId, job: Job): Promise<Transpiled> {
    const process = await this.#processFor(tenant)
    if (process === null) return failed(this.#disposed ? DRAINING : UNAVAILABLE)
    if (!job.wanted) return failed(CANCELLED)
    const answer = await strip(process, job.source)
    if (answer.type === 'stripped') {
      const result: Transpiled = { ok: true, code: answer.code }
      this.#cache.set(job.key, result)
      return result
    }
    // Whatever the stripper refuses may have left it damaged: the next source gets a new process.
    await this.#retire(answer.type === 'ended' ? answer.detail : `it refused a source (${answer.rejection})`)
    if (answer.type === 'ended') return failed(describeEnd(answer, this.#options))
    const result = failed(describeRejection(answer))
    if (answer.rejection !== 'broken') this.#cache.set(job.key, result)
    return result
  }

  /** The tenant's process, or null when none can be started. Ends the process of every other tenant first. */
  async #processFor(tenant: TenantId): Promise<StripProcess | null> {
    if (this.#current?.tenant === tenant && this.#current.process.end === null) return this.#current.process
    await this.#retire('another one takes its place')
    if (this.#disposed) return null
    const { observe, turnMs } = this.#options
    const startedAt = performance.now()
    let process: StripProcess
    try {
      process = startStripProcess(this.#options)
    } catch (error) {
      observe?.({ type: 'ended', pid: null, tenant, detail: `it could not be started: ${String(error)}` })
      return null
    }
    this.#current = { tenant, process }
    void process.whenEnded.then(({ detail }) => observe?.({ type: 'ended', pid: process.pid ?? null, tenant, detail }))
    if (!(await process.whenReady)) return null
    this.#turnEndsAt = performance.now() + turnMs
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
