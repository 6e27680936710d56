// Calls of instances that wait for their turn: one call of an instance at a time, in the order of their coming.
import type { ExecuteOptions } from '../../core/executor.ts'
import type { InstanceCall } from '../../core/invocation.ts'
import { notRun } from '../../core/outcome.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { Task, TenantId } from '../../core/task.ts'
import type { Failure } from '../../errors.ts'
import type { InstanceName } from './instance-table.ts'

export interface QueuedCall {
  readonly task: Task
  readonly call: InstanceCall
  readonly name: InstanceName
  readonly options: ExecuteOptions
  /** In the time of `performance.now`. */
  readonly enqueuedAt: number
  /** To be called once. */
  readonly settle: (outcome: Outcome) => void
  /** In its place, for a defect of the service. */
  readonly reject: (error: unknown) => void
}

interface Waiting extends QueuedCall {
  readonly lane: string
  /** Takes away what would end the wait. */
  readonly stopWaiting: () => void
}

export interface CallQueueOptions {
  /** Of all tenants. */
  readonly waiting: number
  readonly queueMs: number
  /**
   * Begins a call, which then goes on until `release`; or settles it at once; or leaves it, as no instance can be made now.
   * @param mayCreate false when it is known that there is no room for another instance.
   */
  readonly begin: (call: QueuedCall, mayCreate: boolean) => 'begun' | 'settled' | 'no room'
}

export const CANCELLED: Failure = { code: 'CANCELLED', message: 'The request was cancelled before its code ran.' }

export class CallQueue {
  readonly #options: CallQueueOptions
  readonly #waiting = new Map<TenantId, Set<Waiting>>()
  /** Calls that wait or go on, by instance. */
  readonly #wanted = new Map<string, number>()
  /** Instances with a call that goes on. */
  readonly #busy = new Set<string>()
  #size = 0

  constructor(options: CallQueueOptions) {
    this.#options = options
  }

  /** Calls that wait. */
  get size(): number {
    return this.#size
  }

  get isEmpty(): boolean {
    return this.#wanted.size === 0
  }

  /** Whether a call of the instance goes on or waits. */
  isWanted(name: InstanceName): boolean {
    return this.#wanted.has(laneOf(name))
  }

  /** Begins the call, or lets it wait; one that is refused or gives up is settled. */
  push(call: QueuedCall): void {
    const { waiting } = this.#options
    const { name, options, settle } = call
    const { signal, queueMs = this.#options.queueMs } = options
    const mayWaitForever = !Number.isFinite(queueMs)
    if (this.#size >= waiting && !mayWaitForever) {
      const message = `${this.#size} requests wait already; the limit is ${waiting}.`
      settle(notRun({ code: 'QUEUE_FULL', message }))
      return
    }
    const abort = (): void => this.#giveUp(entry, CANCELLED)
    const giveUp = (): void => this.#giveUp(entry, describeTimeout(queueMs))
    const timer = mayWaitForever ? undefined : setTimeout(giveUp, queueMs)
    const stopWaiting = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
    const entry: Waiting = { ...call, lane: laneOf(name), stopWaiting }
    signal.addEventListener('abort', abort, { once: true })
    this.#waiting.getOrInsertComputed(name.tenant, () => new Set()).add(entry)
    this.#wanted.set(entry.lane, (this.#wanted.get(entry.lane) ?? 0) + 1)
    this.#size++
    this.advance(name.tenant)
  }

  /** The call of the instance that went on is over. */
  release(name: InstanceName): void {
    this.#busy.delete(laneOf(name))
    this.#unwant(laneOf(name))
    this.advance(name.tenant)
  }

  /** Begins what can begin now. */
  advance(tenant: TenantId): void {
    const passed = new Set<string>()
    let mayCreate = true
    for (const entry of this.#waiting.get(tenant) ?? []) {
      const { lane } = entry
      if (this.#busy.has(lane) || passed.has(lane)) continue
      const begun = this.#options.begin(entry, mayCreate)
      if (begun === 'no room') {
        // What is behind it in its lane waits for it.
        passed.add(lane)
        mayCreate = false
        continue
      }
      this.#stopsWaiting(entry)
      if (begun === 'begun') this.#busy.add(lane)
      else this.#unwant(lane)
    }
  }

  /** Ends everything that waits. */
  refuseAll(failure: Failure): void {
    for (const entries of this.#waiting.values()) for (const entry of entries) this.#giveUp(entry, failure)
  }

  #giveUp(entry: Waiting, failure: Failure): void {
    this.#stopsWaiting(entry)
    this.#unwant(entry.lane)
    entry.settle(notRun(failure, { queueMs: Math.round(performance.now() - entry.enqueuedAt) }))
  }

  #stopsWaiting(entry: Waiting): void {
    const { tenant } = entry.name
    entry.stopWaiting()
    this.#waiting.get(tenant)?.delete(entry)
    if (this.#waiting.get(tenant)?.size === 0) this.#waiting.delete(tenant)
    this.#size--
  }

  #unwant(lane: string): void {
    const left = (this.#wanted.get(lane) ?? 0) - 1
    if (left > 0) this.#wanted.set(lane, left)
    else this.#wanted.delete(lane)
  }
}

function describeTimeout(queueMs: number): Failure {
  const message = `The request waited ${queueMs} ms for the instance and never ran; the limit is ${queueMs} ms.`
  return { code: 'QUEUE_TIMEOUT', message }
}

function laneOf({ tenant, scope, id }: InstanceName): string {
  return `${tenant}\n${scope}\n${id}`
}
