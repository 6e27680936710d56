// Results of a tool, least recently used first out. What one tenant's code made is never given to another.
import { createHash } from 'node:crypto'
import type { TenantId } from '../core/task.ts'

/** What an entry costs beside its texts: map slot, objects, string headers. */
const ENTRY_OVERHEAD_BYTES = 256

interface Entry<Result> {
  readonly result: Result
  readonly bytes: number
}

export interface ResultCacheOptions<Result> {
  readonly maxBytes: number
  /** Characters of the texts that a result holds. */
  readonly sizeOf: (result: Result) => number
}

export class ResultCache<Result> {
  readonly #options: ResultCacheOptions<Result>
  readonly #entries = new Map<string, Entry<Result>>()
  #bytes = 0

  constructor(options: ResultCacheOptions<Result>) {
    this.#options = options
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * The hash has a fixed length, so that no choice of tenant name makes two pairs one key; each text goes in with its length,
   * so that no two lists of texts do.
   */
  static key(tenant: TenantId, ...texts: readonly string[]): string {
    const hash = createHash('sha256')
    for (const text of texts) hash.update(`${text.length}:`).update(text)
    return `${hash.digest('hex')}:${tenant}`
  }

  get(key: string): Result | null {
    const entry = this.#entries.get(key)
    if (entry === undefined) return null
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.result
  }

  set(key: string, result: Result): void {
    const { maxBytes, sizeOf } = this.#options
    // Two bytes for each code unit: what a text beyond Latin-1 takes.
    const bytes = 2 * (key.length + sizeOf(result)) + ENTRY_OVERHEAD_BYTES
    this.#remove(key)
    if (bytes > maxBytes) return
    this.#entries.set(key, { result, bytes })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= maxBytes) break
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }
}
