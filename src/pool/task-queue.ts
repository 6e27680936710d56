// Tasks that wait for an executor: first come first served within a tenant, tenants taking turns.
import type { Task, TenantId } from '../core/task.ts'

export interface WaitingTask {
  readonly task: Task
  readonly enqueuedAt: number
}

export class TaskQueue<T extends WaitingTask> {
  /** Insertion order is the order of turns: a tenant that was served moves to the end. */
  readonly #byTenant = new Map<TenantId, T[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(entry: T): void {
    const { tenant } = entry.task
    const waiting = this.#byTenant.get(tenant)
    if (waiting === undefined) this.#byTenant.set(tenant, [entry])
    else waiting.push(entry)
    this.#size++
  }

  /** The next task of the first tenant in turn that `accepts` says can be served now. */
  shift(accepts: (tenant: TenantId) => boolean): T | undefined {
    for (const [tenant, waiting] of this.#byTenant) {
      if (!accepts(tenant)) continue
      const entry = waiting.shift()
      this.#byTenant.delete(tenant)
      if (waiting.length > 0) this.#byTenant.set(tenant, waiting)
      if (entry === undefined) continue
      this.#size--
      return entry
    }
    return undefined
  }

  /** Takes one task out; false when it does not wait any more. */
  remove(entry: T): boolean {
    const waiting = this.#byTenant.get(entry.task.tenant)
    const index = waiting?.indexOf(entry) ?? -1
    if (waiting === undefined || index === -1) return false
    waiting.splice(index, 1)
    if (waiting.length === 0) this.#byTenant.delete(entry.task.tenant)
    this.#size--
    return true
  }

  /** How many tasks wait, tenant by tenant, in the order of turns. */
  *waitingByTenant(): Generator<readonly [TenantId, number]> {
    for (const [tenant, waiting] of this.#byTenant) yield [tenant, waiting.length]
  }
}
