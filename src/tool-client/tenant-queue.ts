// A bounded queue that serves tenants in turn, so that one tenant's backlog does not hold up another's request.
import type { TenantId } from '../core/task.ts'

export interface TenantQueueLimits {
  /** Items of all tenants together. */
  readonly waiting: number
  readonly waitingPerTenant: number
}

export class TenantQueue<Item> {
  readonly #limits: TenantQueueLimits
  /** Tenants with items, the one that was served longest ago first. No list is empty. */
  readonly #lanes = new Map<TenantId, Item[]>()
  #size = 0
  #served: TenantId | null = null

  constructor(limits: TenantQueueLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#size
  }

  /** Whether there was room. */
  add(tenant: TenantId, item: Item): boolean {
    const lane = this.#lanes.get(tenant) ?? []
    if (this.#size >= this.#limits.waiting || lane.length >= this.#limits.waitingPerTenant) return false
    lane.push(item)
    this.#lanes.set(tenant, lane)
    this.#size += 1
    return true
  }

  /** Takes one item out, wherever it stands; whether it was there. */
  remove(tenant: TenantId, item: Item): boolean {
    const lane = this.#lanes.get(tenant)
    const index = lane?.indexOf(item) ?? -1
    if (lane === undefined || index === -1) return false
    lane.splice(index, 1)
    if (lane.length === 0) this.#lanes.delete(tenant)
    this.#size -= 1
    return true
  }

  /** The next item: of `preferred` if that tenant has one, else of a tenant that was not served last, if there is one. */
  take(preferred: TenantId | null): { readonly tenant: TenantId; readonly item: Item } | null {
    const [first, second] = this.#lanes.keys()
    if (first === undefined) return null
    const inTurn = first === this.#served ? (second ?? first) : first
    const tenant = preferred !== null && this.#lanes.has(preferred) ? preferred : inTurn
    const [item, ...rest] = this.#lanes.get(tenant) ?? []
    // Set again, not replaced: the tenant goes behind all others.
    this.#lanes.delete(tenant)
    if (rest.length > 0) this.#lanes.set(tenant, rest)
    this.#size -= 1
    this.#served = tenant
    return { tenant, item: item as Item }
  }
}
