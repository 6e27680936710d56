// The instances of classes that live, by tenant and id, and for a while those that were lost.
import type { TenantId } from '../../core/task.ts'
import type { ErrorCode } from '../../errors.ts'

/** Which instance a caller means. Ids of Live classes and those of each endpoint do not meet. */
export interface InstanceName {
  readonly tenant: TenantId
  readonly scope: string
  readonly id: string
}

/** Times are milliseconds since 1970, with a fraction. */
export interface Instance {
  /** What its executor knows it by; no other instance has had it. */
  readonly key: string
  readonly name: InstanceName
  readonly className: string
  /** The version of the deployment that it is of; null for a Live one. */
  readonly deployment: string | null
  readonly memoryMb: number
  readonly createdAt: number
  lastUsedAt: number
  methodCalls: number
  /** How its last call failed, if it did. */
  lastCode: ErrorCode | null
}

/** What is known of an instance that is gone without having been replaced. */
export interface Loss {
  readonly key: string
  readonly className: string
  /** The end of a sentence. */
  readonly why: string
  readonly at: number
  /** How the call failed that ended it, if one did. */
  code: ErrorCode | null
}

export type Found =
  | { readonly kind: 'living'; readonly instance: Instance }
  | { readonly kind: 'lost'; readonly loss: Loss }
  | null

export interface InstanceTableOptions {
  /** How many losses of one tenant are remembered; the oldest are forgotten first. */
  readonly lossesMax: number
  /** For how long. */
  readonly lossMs: number
  readonly now: () => number
}

interface TenantInstances {
  /** By scope and id, the least recently used first. */
  readonly living: Map<string, Instance>
  /** The oldest first. */
  readonly losses: Map<string, Loss>
}

export class InstanceTable {
  readonly #options: InstanceTableOptions
  readonly #tenants = new Map<TenantId, TenantInstances>()
  readonly #byKey = new Map<string, Instance>()

  constructor(options: InstanceTableOptions) {
    this.#options = options
  }

  find({ tenant, scope, id }: InstanceName): Found {
    const own = this.#tenants.get(tenant)
    const instance = own?.living.get(idOf(scope, id))
    if (instance !== undefined) return { kind: 'living', instance }
    const loss = own?.losses.get(idOf(scope, id))
    if (loss === undefined || this.#isForgotten(loss)) return null
    return { kind: 'lost', loss }
  }

  byKey(key: string): Instance | null {
    return this.#byKey.get(key) ?? null
  }

  countOf(tenant: TenantId): number {
    return this.#tenants.get(tenant)?.living.size ?? 0
  }

  /** Of all tenants; of each the least recently used first. */
  all(): readonly Instance[] {
    return [...this.#byKey.values()]
  }

  /** Of one tenant, the least recently used first. */
  of(tenant: TenantId): Iterable<Instance> {
    return this.#tenants.get(tenant)?.living.values() ?? []
  }

  /** Takes in a new one; whoever had its name is returned, and is not lost but replaced. */
  put(instance: Instance): Instance | null {
    const { tenant, scope, id } = instance.name
    const own = this.#tenants.getOrInsertComputed(tenant, () => ({ living: new Map(), losses: new Map() }))
    const before = own.living.get(idOf(scope, id)) ?? null
    if (before !== null) this.#byKey.delete(before.key)
    own.living.delete(idOf(scope, id))
    own.living.set(idOf(scope, id), instance)
    own.losses.delete(idOf(scope, id))
    this.#byKey.set(instance.key, instance)
    return before
  }

  /** It is the most recently used one from now on. */
  use(instance: Instance): void {
    const { tenant, scope, id } = instance.name
    const living = this.#tenants.get(tenant)?.living
    if (living?.get(idOf(scope, id)) !== instance) return
    living.delete(idOf(scope, id))
    living.set(idOf(scope, id), instance)
  }

  /**
   * It is gone, and whoever asks for it is told so.
   * @param code how the call failed that ended it, if one did and that is known.
   */
  lose(instance: Instance, why: string, code: ErrorCode | null): void {
    const { key, name, className } = instance
    const own = this.#tenants.get(name.tenant)
    const id = idOf(name.scope, name.id)
    if (own === undefined || !this.#byKey.delete(key)) return
    own.living.delete(id)
    own.losses.delete(id)
    own.losses.set(id, { key, className, why, at: this.#options.now(), code })
    for (const [oldest] of own.losses) {
      if (own.losses.size <= this.#options.lossesMax) break
      own.losses.delete(oldest)
    }
  }

  /** Drops what nobody has to remember any more. */
  forget(): void {
    for (const [tenant, { living, losses }] of this.#tenants) {
      for (const [id, loss] of losses) {
        if (!this.#isForgotten(loss)) break
        losses.delete(id)
      }
      if (living.size === 0 && losses.size === 0) this.#tenants.delete(tenant)
    }
  }

  #isForgotten({ at }: Loss): boolean {
    return this.#options.now() - at > this.#options.lossMs
  }
}

/** No scope holds a line feed. */
function idOf(scope: string, id: string): string {
  return `${scope}\n${id}`
}
