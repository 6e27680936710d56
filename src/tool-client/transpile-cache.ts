// Results of the TypeScript tool, least recently used first out. What one tenant's code made is never given to another.
import { hash } from 'node:crypto'
import type { TenantId } from '../core/task.ts'
import type { Transpiled } from '../core/transpiler.ts'

/** What an entry costs beside its texts: map slot, objects, string headers. */
const ENTRY_OVERHEAD_BYTES = 256

interface Entry {
  readonly result: Transpiled
  readonly bytes: number
}

export class TranspileCache {
  readonly #maxBytes: number
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The hash has a fixed length, so that no choice of tenant name makes two pairs one key. */
  static key(tenant: TenantId, source: string): string {
    return `${hash('sha256', source)}:${tenant}`
  }

  get(key: string): Transpiled | null {
    const entry = this.#entries.get(key)
    if (entry === undefined) return null
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.result
  }

  set(key: string, result: Transpiled): void {
    const text = result.ok ? result.code : result.failure.message
    // Two bytes for each code unit: what a text beyond Latin-1 takes.
    const bytes = 2 * (key.length + text.length) + ENTRY_OVERHEAD_BYTES
    this.#remove(key)
    if (bytes > this.#maxBytes) return
    this.#entries.set(key, { result, bytes })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }
}
