// Which installations and archives are kept, how large they are, and which of them goes first.

export interface StoredItem {
  /** Whose it is. */
  readonly tenant: string
  readonly path: string
  readonly bytes: number
}

/** Whoever was handed a folder reads it for less than this. */
const IN_USE_MS = 60_000

export class StoreIndex {
  readonly #maxBytes: number
  readonly #now: () => number
  /** Least recently used first. */
  readonly #items = new Map<string, StoredItem & { readonly usedAt: number }>()
  readonly #bytesByTenant = new Map<string, number>()
  #bytes = 0

  constructor(maxBytes: number, now: () => number) {
    this.#maxBytes = maxBytes
    this.#now = now
  }

  get bytes(): number {
    return this.#bytes
  }

  has(path: string): boolean {
    return this.#items.has(path)
  }

  add(item: StoredItem, usedAt: number = this.#now()): void {
    this.remove(item.path)
    this.#items.set(item.path, { ...item, usedAt })
    this.#count(item.tenant, item.bytes)
  }

  touch(path: string): void {
    const item = this.#items.get(path)
    if (item !== undefined) this.add(item)
  }

  remove(path: string): void {
    const item = this.#items.get(path)
    if (item === undefined) return
    this.#items.delete(path)
    this.#count(item.tenant, -item.bytes)
  }

  /**
   * What is to go before `neededBytes` find room: of the tenant that has most, so that nobody's installations push out those
   * of others, what was used longest ago. Null when there is room, or when everything is in use.
   */
  nextToEvict(neededBytes: number): StoredItem | null {
    if (this.#bytes + neededBytes <= this.#maxBytes) return null
    const bySize = [...this.#bytesByTenant].toSorted(([, a], [, b]) => b - a)
    for (const [tenant] of bySize)
      for (const item of this.#items.values())
        if (item.tenant === tenant && item.usedAt + IN_USE_MS <= this.#now()) return item
    return null
  }

  #count(tenant: string, bytes: number): void {
    this.#bytes += bytes
    const sum = (this.#bytesByTenant.get(tenant) ?? 0) + bytes
    if (sum === 0) this.#bytesByTenant.delete(tenant)
    else this.#bytesByTenant.set(tenant, sum)
  }
}
