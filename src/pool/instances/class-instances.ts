// Instances of classes that live on between calls: which call is of which instance, and when instances end.
import type { ExecuteOptions, Executor } from '../../core/executor.ts'
import { DRAINING } from '../../core/failures.ts'
import { notRun } from '../../core/outcome.ts'
import type { InstanceState, Outcome } from '../../core/outcome.ts'
import type { Task, TenantId } from '../../core/task.ts'
import type { ErrorCode } from '../../errors.ts'
import type { InstanceEnd } from '../lost-failure.ts'
import { CallQueue, CANCELLED } from './call-queue.ts'
import type { CallQueueOptions, QueuedCall } from './call-queue.ts'
import { InstanceTable } from './instance-table.ts'
import type { Instance } from './instance-table.ts'
import { deploymentOf, describeIdle, describeLoss, judgeCall, nameOf, OTHER_VERSION } from './judge-call.ts'

/** Losses of one tenant that are remembered, and for how long. */
const LOSSES_MAX = 1_024
const LOSS_MS = 3_600_000
const LOOKS_PER_IDLE_TIME = 4

export interface ClassInstancesOptions {
  /** Runs tasks, those of instances in processes of their own. */
  readonly executor: Executor & { dropInstance(key: string): void; drain(deadlineMs: number): Promise<void> }
  /** Of one tenant. */
  readonly instancesMax: number
  /** An instance that is not called for so long ends. */
  readonly instanceIdleMs: number
  /** Calls that wait for their instance. */
  readonly waiting: number
  readonly queueMs: number
  /** Milliseconds since 1970, with a fraction. */
  readonly now: () => number
}

/** After these the instance has ended, or may have: a call that was stopped while it ran takes it along. */
const ENDING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'LIMIT_CPU',
  'LIMIT_WALL',
  'LIMIT_MEMORY',
  'EXECUTOR_LOST',
  'INSTANCE_LOST',
  'CANCELLED',
])

/** A call that goes on. */
interface Running {
  readonly queued: QueuedCall
  readonly key: string
  /** Null while it makes its instance. */
  readonly instance: Instance | null
  readonly memoryMb: number
  readonly startedAt: number
  readonly abort: AbortController
  /** Whether an executor has it. */
  hasStarted: boolean
  /** Why the instance ended meanwhile. */
  ended: string | null
}

export class ClassInstances implements Executor {
  readonly #options: ClassInstancesOptions
  readonly #table: InstanceTable
  readonly #queue: CallQueue
  readonly #running = new Map<string, Running>()
  readonly #idleTimer: NodeJS.Timeout
  #lastKey = 0
  #isDraining = false
  #whenEmpty: (() => void) | null = null

  constructor(options: ClassInstancesOptions) {
    this.#options = options
    const { waiting, queueMs, now, instanceIdleMs } = options
    this.#table = new InstanceTable({ lossesMax: LOSSES_MAX, lossMs: LOSS_MS, now })
    this.#queue = new CallQueue({ waiting, queueMs, begin: (call, mayCreate) => this.#begin(call, mayCreate) })
    this.#idleTimer = setInterval(() => this.#endIdle(), instanceIdleMs / LOOKS_PER_IDLE_TIME)
    this.#idleTimer.unref()
  }

  /** Instances of the tenant that live. */
  countOf(tenant: TenantId): number {
    return this.#table.countOf(tenant)
  }

  /** Calls that wait for their instance, or for room for it. */
  get waiting(): number {
    return this.#queue.size
  }

  execute(task: Task, options: ExecuteOptions): Promise<Outcome> {
    const { instance: call } = task.invocation
    if (this.#isDraining) return Promise.resolve(notRun(DRAINING))
    if (call === undefined) return this.#options.executor.execute(task, options)
    if (options.signal.aborted) return Promise.resolve(notRun(CANCELLED))
    return new Promise((settle, reject) => {
      const { enqueuedAt = performance.now() } = options
      this.#queue.push({ task, call, name: nameOf(task, call), options, enqueuedAt, settle, reject })
    })
  }

  /** Told by the executor: the instance is gone, and if nobody wanted that, whoever asks for it is to hear why. */
  ended(key: string, { why, isByCall }: InstanceEnd): void {
    const running = this.#running.get(key)
    if (running !== undefined) {
      running.ended = why
      if (!running.hasStarted) running.abort.abort()
    }
    const instance = this.#table.byKey(key)
    if (instance === null) return
    // The last call that has answered, unless one that goes on now says that it was itself.
    this.#table.lose(instance, why, isByCall ? instance.lastCode : null)
    this.#queue.advance(instance.name.tenant)
  }

  /** Ends the instances of a version of a deployment that is no more; calls in progress end first. */
  retire(tenant: TenantId, deployment: string): void {
    for (const instance of [...this.#table.of(tenant)]) {
      if (instance.deployment === deployment) this.#end(instance, OTHER_VERSION)
    }
  }

  /** Takes no new work and resolves when nothing waits or runs, or when `deadlineMs` is over. */
  async drain(deadlineMs: number): Promise<void> {
    const startedAt = performance.now()
    this.#isDraining = true
    if (!this.#queue.isEmpty) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadlineMs)
        this.#whenEmpty = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    await this.#options.executor.drain(Math.max(0, deadlineMs - (performance.now() - startedAt)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDraining = true
    clearInterval(this.#idleTimer)
    this.#queue.refuseAll(DRAINING)
    await this.#options.executor[Symbol.asyncDispose]()
  }

  #begin(queued: QueuedCall, mayCreate: boolean): ReturnType<CallQueueOptions['begin']> {
    const { now, instanceIdleMs } = this.#options
    const judged = judgeCall(queued, this.#table.find(queued.name), { now: now(), instanceIdleMs })
    switch (judged.kind) {
      case 'refuse':
        queued.settle(notRun(judged.failure))
        return 'settled'
      case 'over':
        this.#end(judged.instance, judged.why)
        return this.#begin(queued, mayCreate)
      case 'reuse':
        void this.#run(queued, judged.instance)
        return 'begun'
      case 'create':
        if (!this.#hasRoomFor(queued, mayCreate)) return 'no room'
        void this.#run(queued, null)
        return 'begun'
      default:
        return judged satisfies never
    }
  }

  /** One that takes the place of another needs no room; for any other the least recently used one that nobody calls goes. */
  #hasRoomFor({ name }: QueuedCall, mayCreate: boolean): boolean {
    const { tenant } = name
    if (this.#table.find(name)?.kind === 'living') return true
    if (!mayCreate) return false
    let coming = 0
    for (const { queued, instance } of this.#running.values()) {
      if (instance === null && queued.name.tenant === tenant && this.#table.find(queued.name)?.kind !== 'living')
        coming++
    }
    const { instancesMax } = this.#options
    if (this.#table.countOf(tenant) + coming < instancesMax) return true
    for (const instance of this.#table.of(tenant)) {
      if (this.#queue.isWanted(instance.name)) continue
      this.#end(instance, `${instancesMax} others were used later, and the limit is ${instancesMax}`)
      return true
    }
    return false
  }

  async #run(queued: QueuedCall, instance: Instance | null): Promise<void> {
    const { task, options, name, enqueuedAt, settle, reject } = queued
    const key = instance?.key ?? `instance-${++this.#lastKey}`
    const memoryMb = instance?.memoryMb ?? task.limits.memoryMb
    const abort = new AbortController()
    const startedAt = this.#options.now()
    const running: Running = { queued, key, instance, memoryMb, startedAt, abort, hasStarted: false, ended: null }
    this.#running.set(key, running)
    // The isolate has the memory that it was made with.
    const ofInstance = { ...task, limits: { ...task.limits, memoryMb }, instance: { key, isFirst: instance === null } }
    const signal = AbortSignal.any([options.signal, abort.signal])
    const onStart = (): void => {
      running.hasStarted = true
      options.onStart?.()
    }
    try {
      const outcome = await this.#options.executor.execute(ofInstance, { ...options, enqueuedAt, signal, onStart })
      settle(this.#conclude(running, outcome))
    } catch (error) {
      reject(error)
    }
    this.#running.delete(key)
    this.#queue.release(name)
    if (this.#queue.isEmpty) this.#whenEmpty?.()
  }

  #conclude(running: Running, { madeInstance, ...outcome }: Outcome): Outcome {
    const instance = running.instance ?? (madeInstance === true ? this.#takeIn(running) : null)
    if (instance === null) {
      if (running.ended === null) this.#options.executor.dropInstance(running.key)
      return outcome
    }
    if (outcome.ok) instance.methodCalls++
    instance.lastUsedAt = Math.max(instance.lastUsedAt, this.#options.now())
    instance.lastCode = outcome.ok || !ENDING.has(outcome.failure.code) ? null : outcome.failure.code
    const { key } = running
    if (running.instance === null && running.ended !== null) this.#table.lose(instance, running.ended, null)
    if (this.#table.byKey(key) !== null) {
      this.#table.use(instance)
      return instance.lastCode === null ? { ...outcome, instance: stateOf(instance) } : outcome
    }
    return this.#explainLoss(running, instance, outcome)
  }

  /** The constructor has run: whoever had the name before ends now, and not before. */
  #takeIn({ queued, key, memoryMb, startedAt }: Running): Instance {
    const { task, name } = queued
    const instance: Instance = {
      key,
      name,
      className: task.invocation.name,
      deployment: deploymentOf(task),
      memoryMb,
      createdAt: startedAt,
      lastUsedAt: startedAt,
      methodCalls: 0,
      lastCode: null,
    }
    const before = this.#table.put(instance)
    if (before !== null) this.#options.executor.dropInstance(before.key)
    return instance
  }

  /** The instance ended before or while its call ran: what the call could not know is what the loss says. */
  #explainLoss({ key, queued, ended }: Running, { lastCode }: Instance, outcome: Outcome): Outcome {
    const { name, options } = queued
    const found = this.#table.find(name)
    if (found?.kind !== 'lost' || found.loss.key !== key) return outcome
    if (outcome.ok) return outcome
    const { code } = outcome.failure
    const wasTooLate = code === 'INSTANCE_LOST' || (code === 'CANCELLED' && ended !== null && !options.signal.aborted)
    if (!wasTooLate && lastCode !== null) found.loss.code = lastCode
    return wasTooLate ? { ...outcome, failure: describeLoss(name, found.loss, this.#options.now()) } : outcome
  }

  /** Ends it on our own account, once the call that it may have is over. */
  #end(instance: Instance, why: string): void {
    this.#table.lose(instance, why, null)
    this.#options.executor.dropInstance(instance.key)
  }

  #endIdle(): void {
    const { instanceIdleMs, now } = this.#options
    const latest = now() - instanceIdleMs
    for (const instance of this.#table.all()) {
      if (instance.lastUsedAt > latest || this.#queue.isWanted(instance.name)) continue
      this.#end(instance, describeIdle(instanceIdleMs))
    }
    this.#table.forget()
  }
}

function stateOf({ name, className, createdAt, lastUsedAt, methodCalls }: Instance): InstanceState {
  return { id: name.id, className, createdAt, lastUsedAt, methodCalls }
}
