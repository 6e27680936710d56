// The executor pool: which process runs a task and when; how many processes there are; replacing the dead.
import type { ExecuteOptions, Executor } from '../core/executor.ts'
import { notRun } from '../core/outcome.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Task, TenantId } from '../core/task.ts'
import type { ErrorCode } from '../errors.ts'
import { ExecutorRunner } from './executor-runner.ts'
import type { RunnerEvent } from './executor-runner.ts'
import { TaskQueue } from './task-queue.ts'
import type { WaitingTask } from './task-queue.ts'
import type { StartTransport } from './transport.ts'

const WATCH_MS = 25
/** An executor above the minimum that had nothing to do for this long is ended. */
const IDLE_MS = 60_000
/** Starts that fail one after the other before the pool gives up: something is wrong that trying again does not mend. */
const MAX_FAILED_STARTS = 2

/** How long a tenant keeps an executor, at the least, while another one waits for it. */
const TURN_MS = 250
/** A killed process is gone at once; this bounds the wait for the kernel to say so. */
const DISPOSE_MS = 1_000

export interface ExecutorPoolOptions {
  /** Starts one executor; called with a number that no living executor has. */
  readonly startExecutor: (slot: number) => StartTransport
  /** Makes further starts differ from those that failed; false when there is no other way to start. */
  readonly fallBack: () => boolean
  readonly executorsMin: number
  readonly executorsMax: number
  /** Started executors that belong to nobody yet, beside the others. */
  readonly executorsSpare: number
  /** An executor is replaced after so many tasks; 0 for never. */
  readonly executorMaxTasks: number
  readonly executorMaxAgeMs: number
  readonly waiting: number
  readonly queueMs: number
  readonly startMs: number
  readonly heartbeatMs: number
  readonly onEvent: (event: RunnerEvent) => void
}

export type PoolHealth = 'starting' | 'ready' | 'unhealthy'

interface Waiting extends WaitingTask {
  readonly settle: (outcome: Outcome) => void
  readonly timer: NodeJS.Timeout
  readonly onStart: (() => void) | undefined
}

export class ExecutorPool implements Executor {
  readonly #options: ExecutorPoolOptions
  readonly #runners = new Map<number, ExecutorRunner>()
  readonly #queue = new TaskQueue<Waiting>()
  readonly #timers: NodeJS.Timeout[]
  #failedStarts = 0
  #wasReady = false
  #isDraining = false
  #isDisposed = false
  #whenEmpty: (() => void)[] = []
  #whenEnded: () => void = () => undefined

  constructor(options: ExecutorPoolOptions) {
    this.#options = options
    this.#timers = [
      setInterval(() => this.#each((runner) => runner.watch()), WATCH_MS),
      setInterval(() => this.#beat(), options.heartbeatMs),
    ]
    this.#maintain()
  }

  get health(): PoolHealth {
    if (this.#failedStarts >= MAX_FAILED_STARTS && this.#count((runner) => runner.wasReady) === 0) return 'unhealthy'
    return this.#wasReady ? 'ready' : 'starting'
  }

  get executorPids(): readonly number[] {
    return [...this.#runners.values()].map((runner) => runner.pid).filter((pid) => pid !== null)
  }

  /** Counts in the words of the platform's health answer. */
  workerCounts(): {
    idle: number
    initializing: number
    ready: number
    running: number
    throttled: number
    unhealthy: number
  } {
    const idle = this.#count((runner) => runner.state === 'idle')
    const running = this.#count((runner) => runner.state === 'busy' || runner.state === 'clearing')
    const initializing = this.#count((runner) => runner.state === 'starting')
    const unhealthy = this.health === 'unhealthy' ? 1 : 0
    return { idle, initializing, ready: idle + running, running, throttled: 0, unhealthy }
  }

  execute(task: Task, { signal, onStart }: ExecuteOptions): Promise<Outcome> {
    const refused = this.#refuse(signal)
    if (refused !== null) return Promise.resolve(notRun(refused))
    return new Promise((resolve) => {
      const enqueuedAt = performance.now()
      const timer = setTimeout(() => this.#giveUp(entry, 'QUEUE_TIMEOUT'), this.#options.queueMs)
      const abort = (): void => this.#giveUp(entry, 'CANCELLED')
      const entry: Waiting = {
        task,
        enqueuedAt,
        timer,
        onStart,
        settle: (outcome) => {
          signal.removeEventListener('abort', abort)
          resolve(outcome)
        },
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#queue.push(entry)
      this.#dispatch()
    })
  }

  #refuse(signal: AbortSignal): { code: ErrorCode; message: string } | null {
    const { waiting } = this.#options
    if (signal.aborted) return { code: 'CANCELLED', message: 'The request was cancelled before its code ran.' }
    if (this.#isDraining) return { code: 'DRAINING', message: 'The service is shutting down and takes no new work.' }
    if (this.health === 'unhealthy') {
      return { code: 'EXECUTORS_UNAVAILABLE', message: 'No executor process can be started; the log says why.' }
    }
    if (this.#queue.size < waiting) return null
    return { code: 'QUEUE_FULL', message: `${this.#queue.size} requests wait already; the limit is ${waiting}.` }
  }

  /** A task that waits is taken out of the queue; one that runs is stopped. */
  #giveUp(entry: Waiting, code: 'QUEUE_TIMEOUT' | 'CANCELLED'): void {
    if (!this.#queue.remove(entry)) {
      if (code === 'CANCELLED') this.#runnerOf(entry.task)?.cancel()
      return
    }
    clearTimeout(entry.timer)
    const waitedMs = Math.round(performance.now() - entry.enqueuedAt)
    const message =
      code === 'CANCELLED'
        ? 'The request was cancelled before its code ran.'
        : `The request waited ${waitedMs} ms for an executor and never ran; the limit is ${this.#options.queueMs} ms.`
    entry.settle(notRun({ code, message }, { queueMs: waitedMs }))
  }

  #runnerOf(task: Task): ExecutorRunner | undefined {
    return this.#find((runner) => runner.currentTask === task)
  }

  /** Gives waiting tasks to executors for as long as there is both. */
  #dispatch(): void {
    this.#makeRoom()
    for (;;) {
      const entry = this.#queue.shift((tenant) => this.#choose(tenant) !== undefined)
      if (entry === undefined) break
      const runner = this.#choose(entry.task.tenant)
      if (runner === undefined) throw new Error('an executor was chosen and is gone')
      runner.assign(entry.task.tenant)
      clearTimeout(entry.timer)
      entry.onStart?.()
      runner.run(entry.task, performance.now() - entry.enqueuedAt, entry.settle)
    }
    this.#maintain()
  }

  /**
   * The tenant's executor that has been idle longest among those with isolates made ahead; else one that belongs to
   * nobody, as long as the tenants' executors are not as many as may be; else one that is still making isolates.
   */
  #choose(tenant: TenantId): ExecutorRunner | undefined {
    let chosen: ExecutorRunner | undefined
    for (const runner of this.#runners.values()) {
      if (runner.state !== 'idle' || runner.tenant !== tenant) continue
      const isBetter =
        chosen === undefined || (runner.isWarm === chosen.isWarm ? runner.freeSince < chosen.freeSince : runner.isWarm)
      if (isBetter) chosen = runner
    }
    if (chosen?.isWarm === true || this.#owned() >= this.#options.executorsMax) return chosen
    return this.#find((runner) => runner.state === 'idle' && runner.tenant === null && runner.isWarm) ?? chosen
  }

  #owned(): number {
    return this.#count((runner) => runner.tenant !== null)
  }

  /** Starts what is missing and ends what is too much. */
  #maintain(): void {
    if (this.#isDisposed || this.#failedStarts >= MAX_FAILED_STARTS) return
    if (this.#isDraining && this.#queue.size === 0) return
    const { executorsMin, executorsMax, executorsSpare } = this.#options
    const owned = this.#owned()
    const free = this.#count((runner) => runner.tenant === null)
    const missing = Math.max(executorsMin - owned, 0) + executorsSpare - free
    const wanted = Math.max(missing, Math.min(this.#queue.size, executorsMax - owned) - free)
    for (let index = 0; index < wanted; index++) this.#start()
  }

  /**
   * When a tenant waits that has no executor and all are owned, ends an idle one: of a tenant for which nothing waits, or
   * of one that had its turn, so that a tenant that always has something waiting does not keep the others out.
   */
  #makeRoom(): void {
    if (this.#queue.size === 0 || this.#owned() < this.#options.executorsMax) return
    const waiting = new Map(this.#queue.waitingByTenant())
    for (const runner of this.#runners.values()) if (runner.tenant !== null) waiting.delete(runner.tenant)
    const ending = this.#count((runner) => runner.isEnding)
    if (waiting.size <= ending) return
    const stillWaits = new Set([...this.#queue.waitingByTenant()].map(([tenant]) => tenant))
    const now = performance.now()
    const victim =
      this.#find((runner) => runner.state === 'idle' && runner.tenant !== null && !stillWaits.has(runner.tenant)) ??
      this.#find((runner) => runner.state === 'idle' && runner.tenant !== null && now - runner.ownedSince >= TURN_MS)
    victim?.kill('another tenant waits')
  }

  #start(): void {
    let slot = 0
    while (this.#runners.has(slot)) slot++
    const runner = new ExecutorRunner({
      start: this.#options.startExecutor(slot),
      startMs: this.#options.startMs,
      heartbeatMs: this.#options.heartbeatMs,
      onChange: (changed) => this.#changed(slot, changed),
      onLog: this.#options.onEvent,
      now: () => performance.now(),
    })
    this.#runners.set(slot, runner)
  }

  #changed(slot: number, runner: ExecutorRunner): void {
    if (runner.state === 'dead') {
      this.#runners.delete(slot)
      if (!runner.wasReady && !this.#isDraining) this.#startFailed()
      if (this.health === 'unhealthy') this.#refuseAll()
      if (this.#runners.size === 0) this.#whenEnded()
    } else {
      this.#failedStarts = 0
      this.#wasReady = true
      if (this.#isWornOut(runner)) runner.kill('it is recycled')
    }
    this.#dispatch()
    if (this.#isDraining && this.#isEmpty()) for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  #startFailed(): void {
    this.#failedStarts++
    // What has worked once is not given up: then something else is wrong, and perhaps somebody sees to it.
    if (this.#wasReady || this.#failedStarts < MAX_FAILED_STARTS) return
    if (this.#options.fallBack()) this.#failedStarts = 0
  }

  #isWornOut(runner: ExecutorRunner): boolean {
    const { executorMaxTasks, executorMaxAgeMs } = this.#options
    const isOld = runner.tasks > 0 && performance.now() - runner.startedAt > executorMaxAgeMs
    return isOld || (executorMaxTasks > 0 && runner.tasks >= executorMaxTasks)
  }

  #refuseAll(): void {
    for (;;) {
      const entry = this.#queue.shift(() => true)
      if (entry === undefined) return
      clearTimeout(entry.timer)
      const message = 'No executor process can be started; the log says why.'
      entry.settle(notRun({ code: 'EXECUTORS_UNAVAILABLE', message }))
    }
  }

  #beat(): void {
    this.#each((runner) => runner.beat())
    const now = performance.now()
    let surplus = this.#owned() - this.#options.executorsMin
    this.#each((runner) => {
      if (surplus <= 0 || runner.state !== 'idle' || runner.tenant === null || now - runner.freeSince < IDLE_MS) return
      surplus--
      runner.kill('it had nothing to do')
    })
  }

  #isEmpty(): boolean {
    return this.#queue.size === 0 && this.#count((runner) => runner.state === 'busy') === 0
  }

  /** Takes no new work and resolves when the queue is empty and no task runs, or when `deadlineMs` is over. */
  async drain(deadlineMs: number): Promise<void> {
    this.#isDraining = true
    if (this.#isEmpty()) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs)
      this.#whenEmpty.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDraining = true
    this.#isDisposed = true
    this.#refuseAll()
    for (const timer of this.#timers) clearInterval(timer)
    const ended = new Promise<void>((resolve) => (this.#whenEnded = resolve))
    this.#each((runner) => runner.kill('the service stops'))
    if (this.#runners.size === 0) return
    const timer = setTimeout(this.#whenEnded, DISPOSE_MS)
    await ended
    clearTimeout(timer)
  }

  #each(visit: (runner: ExecutorRunner) => void): void {
    for (const runner of [...this.#runners.values()]) visit(runner)
  }

  #find(matches: (runner: ExecutorRunner) => boolean): ExecutorRunner | undefined {
    for (const runner of this.#runners.values()) if (matches(runner)) return runner
    return undefined
  }

  #count(matches: (runner: ExecutorRunner) => boolean): number {
    let count = 0
    for (const runner of this.#runners.values()) if (matches(runner)) count++
    return count
  }
}
