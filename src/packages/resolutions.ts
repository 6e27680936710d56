// What ranges and tags meant when the registry was asked last, for each tenant; least recently used first out.
import type { PackageLock } from '../core/package-lock.ts'
import { formatPackageSpec } from '../core/package-specs.ts'
import type { PackageSpec } from '../core/package-specs.ts'
import type { TenantId } from '../core/task.ts'

interface Resolution {
  readonly lock: PackageLock
  readonly resolvedAt: number
}

/** One has up to a few hundred packages. */
const KEPT_MAX = 512

export class Resolutions {
  readonly #freshMs: number
  readonly #now: () => number
  readonly #kept = new Map<string, Resolution>()

  constructor(freshMs: number, now: () => number) {
    this.#freshMs = freshMs
    this.#now = now
  }

  set(tenant: TenantId, lock: PackageLock): void {
    const key = keyOf(tenant, lock.specs)
    this.#kept.delete(key)
    this.#kept.set(key, { lock, resolvedAt: this.#now() })
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_MAX) break
      this.#kept.delete(oldest)
    }
  }

  /** Null when the registry has to be asked. */
  fresh(tenant: TenantId, specs: readonly PackageSpec[]): PackageLock | null {
    const key = keyOf(tenant, specs)
    const resolution = this.#kept.get(key)
    if (resolution === undefined || resolution.resolvedAt + this.#freshMs <= this.#now()) return null
    this.#kept.delete(key)
    this.#kept.set(key, resolution)
    return resolution.lock
  }

  /** However old it is. */
  last(tenant: TenantId, specs: readonly PackageSpec[]): PackageLock | null {
    return this.#kept.get(keyOf(tenant, specs))?.lock ?? null
  }
}

function keyOf(tenant: TenantId, specs: readonly PackageSpec[]): string {
  return JSON.stringify([tenant, ...specs.map(formatPackageSpec)])
}
