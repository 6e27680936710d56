// The executor pool: which process runs a task and when; how many processes there are; replacing the dead.
import type { EgressBroker } from '../core/egress.ts'
import type { ExecuteOptions, Executor } from '../core/executor.ts'
import { DRAINING, NO_EXECUTORS } from '../core/failures.ts'
import { notRun } from '../core/outcome.ts'
import type { Outcome } from '../core/outcome.ts'
import { cordonOf, laneOf } from '../core/task.ts'
import type { CordonId, Role, Task } from '../core/task.ts'
import type { WorkerCounts } from '../core/worker-counts.ts'
import type { ErrorCode } from '../errors.ts'
import { CallWeights } from './call-weights.ts'
import { chooseExecutor, countOwned, findForgotten, isOverAge, isUncalled } from './choose-executor.ts'
import type { PoolBounds } from './choose-executor.ts'
import { CodeCaches } from './code-caches.ts'
import { countDemand, findVictim } from './executor-demand.ts'
import { ExecutorRunner } from './executor-runner.ts'
import { FailedStarts } from './failed-starts.ts'
import { JsonTurns } from './json-turns.ts'
import type { InstanceEnd } from './lost-failure.ts'
import type { QueuedTask } from './queued-task.ts'
import type { RemoteBounds } from './remote-calls.ts'
import { SERVICE_STOPS } from './runner-event.ts'
import type { RunnerEvent } from './runner-event.ts'
import type { ExecutorFacts } from './runner-options.ts'
import { TaskQueue } from './task-queue.ts'
import type { StartTransport } from './transport.ts'
import { countWorkers } from './worker-counts.ts'

const ROLES: readonly Role[] = ['live', 'flash', 'instances']
const WATCH_MS = 25
/** Longer than a deployed module needs to load and to answer its first call. */
const REPLACE_MS = 25
/** An executor above the minimum that had nothing to do for this long is ended. */
const IDLE_MS = 60_000
/** So many executors wait for the first call of a version that they have tried, or all of one deployment; older ones go. */
const UNCALLED_MAX = 4
/** A killed process is gone at once; this bounds the wait for the kernel to say so. */
const DISPOSE_MS = 1_000

export interface ExecutorPoolOptions extends PoolBounds {
  /** Starts one executor; called with a number that no living executor has. */
  readonly startExecutor: (slot: number) => StartTransport
  /** Makes further starts differ from those that failed; false when there is no other way to start. */
  readonly fallBack: () => boolean
  readonly executorsMin: number
  /** Code caches of modules, in characters. */
  readonly codeCacheCharacters: number
  /** Started executors that belong to nobody yet, beside the others. */
  readonly executorsSpare: number
  /** An executor is replaced after so many tasks; 0 for never. */
  readonly executorMaxTasks: number
  readonly waiting: number
  readonly queueMs: number
  readonly startMs: number
  readonly heartbeatMs: number
  readonly onEvent: (event: RunnerEvent) => void
  /** Told once for each instance, by the key of its tasks, when it has ended. */
  readonly onInstanceEnded?: (key: string, end: InstanceEnd) => void
  /** How code calls functions of other resources; absent for not at all. */
  readonly remote?: RemoteBounds
  /** How code reaches other hosts; absent for not at all. */
  readonly egress?: EgressBroker
}

export type PoolHealth = 'starting' | 'ready' | 'unhealthy'

export class ExecutorPool implements Executor {
  readonly #options: ExecutorPoolOptions
  readonly #runners = new Map<number, ExecutorRunner>()
  /** The same, made anew whenever one comes or goes. */
  #all: readonly ExecutorRunner[] = []
  readonly #queue = new TaskQueue<QueuedTask>()
  readonly #timers: NodeJS.Timeout[]
  readonly #caches: CodeCaches
  readonly #weights = new CallWeights()
  readonly #turns = new JsonTurns()
  readonly #retired = new Set<CordonId>()
  readonly #failedStarts: FailedStarts
  /** When an executor that belonged to nobody was last given away. */
  #takenAt = Number.NEGATIVE_INFINITY
  #isDraining = false
  #isDisposed = false
  #whenEmpty: (() => void)[] = []
  #whenEnded: () => void = () => undefined

  constructor(options: ExecutorPoolOptions) {
    this.#options = options
    this.#failedStarts = new FailedStarts(options.fallBack)
    this.#caches = new CodeCaches({ maxCharacters: options.codeCacheCharacters })
    const beatWhenRead = (): void => void setImmediate(() => this.#beat())
    this.#timers = [setInterval(() => this.#watch(), WATCH_MS), setInterval(beatWhenRead, options.heartbeatMs)]
    this.#replace()
  }

  get health(): PoolHealth {
    if (this.#failedStarts.areTooMany && this.#count((runner) => runner.wasReady) === 0) return 'unhealthy'
    return this.#failedStarts.wasReady ? 'ready' : 'starting'
  }

  get executorPids(): readonly number[] {
    return this.#all.map((runner) => runner.pid).filter((pid) => pid !== null)
  }

  /** Each executor by what it is for, what it does, and the isolates that it is known to hold. */
  executors(): readonly ExecutorFacts[] {
    return this.#all.map(({ role, state, isolates }) => ({ role: role ?? 'spare', state, isolates }))
  }

  /** What the code caches of modules take. */
  get codeCacheCharacters(): number {
    return this.#caches.characters
  }

  /** Tasks that wait for an executor, and how long the oldest has. */
  waiting(): { readonly waiting: number; readonly oldestMs: number } {
    const since = this.#queue.waitingSince()
    return { waiting: this.#queue.size, oldestMs: since === null ? 0 : performance.now() - since }
  }

  workerCounts(): WorkerCounts {
    const states = this.#all.map(({ state }) => state)
    return countWorkers(states, this.health === 'unhealthy')
  }

  execute(task: Task, options: ExecuteOptions): Promise<Outcome> {
    const { signal, queueMs = this.#options.queueMs, enqueuedAt = performance.now(), onStart, onEvent } = options
    const refused = this.#refuse(signal, queueMs)
    if (refused !== null) return Promise.resolve(notRun(refused))
    return new Promise((resolve) => {
      const abort = (): void => this.#giveUp(entry, 'CANCELLED')
      const cordon = cordonOf(task)
      const entry: QueuedTask = {
        task,
        cordon,
        lane: laneOf(task, cordon),
        enqueuedAt,
        queueMs,
        timer: undefined,
        isWaiting: true,
        isSecondTry: false,
        onStart,
        onEvent,
        settle: (outcome) => {
          signal.removeEventListener('abort', abort)
          resolve(outcome)
        },
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#queue.push(entry)
      this.#dispatch()
      // Most have gone by now.
      if (entry.isWaiting) this.#startTimer(entry)
    })
  }

  #startTimer(entry: QueuedTask): void {
    const leftMs = entry.queueMs - (performance.now() - entry.enqueuedAt)
    if (Number.isFinite(leftMs)) entry.timer = setTimeout(() => this.#giveUp(entry, 'QUEUE_TIMEOUT'), leftMs)
  }

  /** What its executor had not begun when its process was ended another one has, once. */
  #takeBack(entry: QueuedTask): void {
    entry.isSecondTry = true
    entry.isWaiting = true
    this.#queue.push(entry)
    this.#startTimer(entry)
  }

  #refuse(signal: AbortSignal, queueMs: number): { code: ErrorCode; message: string } | null {
    const { waiting } = this.#options
    if (signal.aborted) return { code: 'CANCELLED', message: 'The request was cancelled before its code ran.' }
    if (this.#isDraining) return DRAINING
    if (this.health === 'unhealthy') return NO_EXECUTORS
    if (this.#queue.size < waiting || !Number.isFinite(queueMs)) return null
    return { code: 'QUEUE_FULL', message: `${this.#queue.size} requests wait already; the limit is ${waiting}.` }
  }

  /** A task that waits is taken out of the queue; one that runs is stopped. */
  #giveUp(entry: QueuedTask, code: 'QUEUE_TIMEOUT' | 'CANCELLED'): void {
    if (!this.#queue.remove(entry)) {
      if (code === 'CANCELLED') this.#find((runner) => runner.has(entry.task))?.cancel(entry.task)
      return
    }
    clearTimeout(entry.timer)
    const waitedMs = Math.round(performance.now() - entry.enqueuedAt)
    const message =
      code === 'CANCELLED'
        ? 'The request was cancelled before its code ran.'
        : `The request waited ${waitedMs} ms for an executor and never ran; the limit is ${entry.queueMs} ms.`
    entry.settle(notRun({ code, message }, { queueMs: waitedMs }))
  }

  /** Gives waiting tasks to executors for as long as there is both. */
  #dispatch(): void {
    if (this.#queue.size === 0) return
    // Before the executor that has just got free goes on with what its own cordon has waiting.
    this.#makeRoom()
    for (;;) {
      let runner: ExecutorRunner | undefined
      const entry = this.#queue.shift((first) => (runner = this.#choose(first)) !== undefined)
      if (entry === undefined || runner === undefined) break
      if (runner.cordon === null) this.#takenAt = performance.now()
      const { task, cordon, timer, settle, onStart, onEvent, isSecondTry } = entry
      runner.assign(task, cordon)
      clearTimeout(timer)
      entry.isWaiting = false
      if (!isSecondTry) onStart?.()
      const giveBack = isSecondTry ? null : () => this.#takeBack(entry)
      runner.run({ task, settle, giveBack, onEvent, queueMs: performance.now() - entry.enqueuedAt })
    }
    if (this.#queue.size > 0) this.#startUpTo(countDemand(this.#queue.waiting(), this.#all, this.#options))
  }

  #choose(entry: QueuedTask): ExecutorRunner | undefined {
    return chooseExecutor(entry, this.#all, this.#options)
  }

  #owned(role: Role): number {
    return countOwned(this.#all, role)
  }

  /** Starts what nobody waits for. It takes milliseconds of this process: who has just got an executor is to begin first. */
  #replace(): void {
    if (performance.now() - this.#takenAt < REPLACE_MS) return
    const { executorsMin, executorsSpare } = this.#options
    this.#startUpTo(Math.max(executorsMin - this.#owned('live'), 0) + executorsSpare)
  }

  /** Until so many belong to nobody. */
  #startUpTo(free: number): void {
    if (this.#isDisposed || this.#failedStarts.areTooMany) return
    if (this.#isDraining && this.#queue.size === 0) return
    for (let count = this.#count((runner) => runner.cordon === null); count < free; count++) this.#start()
  }

  /** Ends idle executors for cordons that wait and have none. */
  #makeRoom(): void {
    for (const role of ROLES)
      findVictim(role, this.#queue.waiting(), this.#all, this.#options)?.kill('another cordon waits')
  }

  #watch(): void {
    this.#each((runner) => runner.watch())
    // A call that has waited long enough makes its deployment grow.
    this.#dispatch()
    this.#replace()
  }

  /** Ends the executors of a deployment's version that is no more; calls in progress end first. */
  retire(cordon: CordonId): void {
    this.#caches.drop(cordon)
    this.#retired.add(cordon)
    // What was on its way has come by then, and an executor without work ends anyway.
    setTimeout(() => this.#retired.delete(cordon), IDLE_MS).unref()
    this.#each((runner) => this.#endRetired(runner))
  }

  /** Ends an instance that has no call, or lets the one that it has be the last. `onInstanceEnded` tells when it has ended. */
  dropInstance(key: string): void {
    this.#find((runner) => runner.holds(key))?.drop(key)
  }

  /** The version is wanted again. */
  revive(cordon: CordonId): void {
    this.#retired.delete(cordon)
  }

  #endRetired(runner: ExecutorRunner): void {
    if (runner.cordon === null || runner.state !== 'idle' || !this.#retired.has(runner.cordon)) return
    for (const [lane] of this.#queue.waiting()) if (lane === runner.cordon) return
    runner.kill('its deployment is no more')
  }

  #endForgotten(): void {
    const kept = Math.max(UNCALLED_MAX, this.#options.executorsPerDeployment)
    for (const runner of findForgotten(this.#all, kept)) runner.kill('newer versions wait for their calls')
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
      caches: this.#caches,
      weights: this.#weights,
      turns: this.#turns,
      onInstanceEnded: (key, end) => this.#options.onInstanceEnded?.(key, end),
      ...(this.#options.remote === undefined ? {} : { remote: this.#options.remote }),
      egress: this.#options.egress,
      now: () => performance.now(),
    })
    this.#runners.set(slot, runner)
    this.#all = [...this.#runners.values()]
  }

  #changed(slot: number, runner: ExecutorRunner): void {
    if (runner.state === 'dead') {
      this.#runners.delete(slot)
      this.#all = [...this.#runners.values()]
      if (!runner.wasReady && !this.#isDraining) this.#failedStarts.failed()
      if (this.health === 'unhealthy') this.#refuseAll()
      if (this.#runners.size === 0) this.#whenEnded()
    } else {
      this.#failedStarts.succeeded()
      if (runner.state === 'idle' && this.#isWornOut(runner)) runner.kill('it is recycled')
    }
    this.#dispatch()
    if (runner.state === 'idle') this.#endRetired(runner)
    if (isUncalled(runner)) this.#endForgotten()
    if (this.#isDraining && this.#isEmpty()) for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  /**
   * Calls of a module do not wear an executor out by their number: its isolates are replaced one by one. One that holds
   * instances is not worn out: it gets no further ones, and goes when they have gone.
   */
  #isWornOut(runner: ExecutorRunner): boolean {
    if (runner.instances > 0) return false
    const executorMaxTasks = runner.role === 'flash' ? 0 : this.#options.executorMaxTasks
    const isOld = runner.tasks > 0 && isOverAge(runner, this.#options)
    return isOld || (executorMaxTasks > 0 && runner.tasks >= executorMaxTasks)
  }

  #refuseAll(): void {
    for (;;) {
      const entry = this.#queue.shift(() => true)
      if (entry === undefined) return
      clearTimeout(entry.timer)
      entry.settle(notRun(NO_EXECUTORS))
    }
  }

  #beat(): void {
    this.#each((runner) => runner.beat())
    const now = performance.now()
    if (this.#runners.size === 0 && !this.#isDisposed && this.#failedStarts.mayRetry()) this.#start()
    let surplus = this.#owned('live') - this.#options.executorsMin
    this.#each((runner) => {
      if (runner.state !== 'idle' || runner.role === null || now - runner.freeSince < IDLE_MS) return
      // Deployments scale to zero; instances have an idle time of their own.
      if (runner.instances > 0) return
      if (runner.role === 'live' && surplus-- <= 0) return
      runner.kill('it had nothing to do')
    })
  }

  #isEmpty(): boolean {
    return this.#queue.size === 0 && this.#count((runner) => runner.load > 0) === 0
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
    this.#each((runner) => runner.kill(SERVICE_STOPS))
    if (this.#runners.size === 0) return
    const timer = setTimeout(this.#whenEnded, DISPOSE_MS)
    await ended
    clearTimeout(timer)
  }

  #each(visit: (runner: ExecutorRunner) => void): void {
    for (const runner of this.#all) visit(runner)
  }

  #find(matches: (runner: ExecutorRunner) => boolean): ExecutorRunner | undefined {
    for (const runner of this.#all) if (matches(runner)) return runner
    return undefined
  }

  #count(matches: (runner: ExecutorRunner) => boolean): number {
    let count = 0
    for (const runner of this.#all) if (matches(runner)) count++
    return count
  }
}
