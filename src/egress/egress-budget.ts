// What tasks may use of the network: counted for each task until it ends, and in progress for each tenant and all together.
import { groupDigits } from '../core/group-digits.ts'
import type { TenantId } from '../core/task.ts'
import type { Failure } from '../errors.ts'

export interface EgressBounds {
  /** Requests that one task may make; redirects count. */
  readonly requests: number
  /** Of one task in progress; further ones wait. */
  readonly atOnce: number
  /** Bodies that one task sends, all together. */
  readonly sentBytes: number
  /** Heads and bodies that one task gets, all together: as they come, and as they are when their encoding is off. */
  readonly receivedBytes: number
  /** In progress; further ones fail. */
  readonly tenantAtOnce: number
  readonly serviceAtOnce: number
}

/** Whoever calls this service has no end of tasks; those that use the network are fewer. */
const TASKS_MAX = 16_384

export type Slot =
  | { readonly ok: true; readonly release: () => void }
  | { readonly ok: false; readonly failure: Failure }

export class EgressBudget {
  readonly #bounds: EgressBounds
  readonly #tasks = new Map<string, TaskBudget>()
  readonly #tenants = new Map<TenantId, number>()
  #running = 0

  constructor(bounds: EgressBounds) {
    this.#bounds = bounds
  }

  /** Null when too many tasks have one. */
  ofTask(taskId: string): TaskBudget | null {
    const known = this.#tasks.get(taskId)
    if (known !== undefined) return known
    if (this.#tasks.size >= TASKS_MAX) return null
    const budget = new TaskBudget(this.#bounds)
    this.#tasks.set(taskId, budget)
    return budget
  }

  ended(taskId: string): void {
    this.#tasks.delete(taskId)
  }

  /** @param tenant null for all of them. */
  inProgress(tenant: TenantId | null): number {
    return tenant === null ? this.#running : (this.#tenants.get(tenant) ?? 0)
  }

  /** To be released once. */
  take(tenant: TenantId): Slot {
    const { tenantAtOnce, serviceAtOnce } = this.#bounds
    const running = this.#tenants.get(tenant) ?? 0
    if (this.#running >= serviceAtOnce || running >= tenantAtOnce) {
      const limit = this.#running >= serviceAtOnce ? serviceAtOnce : tenantAtOnce
      const message = `The request is not made, because ${limit} requests to other hosts are in progress already.`
      return { ok: false, failure: { code: 'EGRESS_FAILED', message, limit, used: limit } }
    }
    this.#running++
    this.#tenants.set(tenant, running + 1)
    return { ok: true, release: () => this.#release(tenant) }
  }

  #release(tenant: TenantId): void {
    this.#running--
    const left = (this.#tenants.get(tenant) ?? 1) - 1
    if (left === 0) this.#tenants.delete(tenant)
    else this.#tenants.set(tenant, left)
  }
}

export class TaskBudget {
  readonly #bounds: EgressBounds
  readonly #waiting: (() => void)[] = []
  #running = 0
  #requests = 0
  #sentBytes = 0
  #receivedBytes = 0

  constructor(bounds: EgressBounds) {
    this.#bounds = bounds
  }

  /** Null, or why there may be no further request. */
  takeRequest(): Failure | null {
    const limit = this.#bounds.requests
    if (this.#requests < limit) {
      this.#requests++
      return null
    }
    const message = `The code has made ${limit} requests to other hosts, as many as it may; each redirect is one.`
    return { code: 'LIMIT_EGRESS', message, limit, used: limit + 1 }
  }

  takeSent(bytes: number): Failure | null {
    this.#sentBytes += bytes
    return this.#sentBytes <= this.#bounds.sentBytes ? null : tooMany('sent', this.#bounds.sentBytes, this.#sentBytes)
  }

  takeReceived(bytes: number): Failure | null {
    this.#receivedBytes += bytes
    if (this.#receivedBytes <= this.#bounds.receivedBytes) return null
    return tooMany('received', this.#bounds.receivedBytes, this.#receivedBytes)
  }

  /** Settles in the order of asking; as many wait as `requests` allows. */
  async turn(): Promise<void> {
    if (this.#running < this.#bounds.atOnce) {
      this.#running++
      return
    }
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#waiting.push(() => resolve(undefined))
    await promise
  }

  /** After each `turn` that has settled. */
  release(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next()
  }
}

function tooMany(done: 'sent' | 'received', limit: number, used: number): Failure {
  const message = `The code has ${done} ${groupDigits(used)} bytes or more from other hosts; the limit is ${groupDigits(limit)} bytes.`
  return { code: 'LIMIT_EGRESS', message: done === 'sent' ? message.replace('from', 'to') : message, limit, used }
}
