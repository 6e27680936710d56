// What V8 made of deployed modules, kept in memory so that the next executor of the same cordon starts from it.
// V8 runs a cache without checking it, and an executor may have been taken over: so nobody else ever gets what one has made.
import type { CordonId } from '../core/task.ts'

export interface CodeCachesOptions {
  /** All caches together, in characters of base64. */
  readonly maxCharacters: number
}

/** Which snapshot it fits, and base64: for executors to read. */
const CACHE = /^(?:\d:)?[A-Za-z0-9+/]*={0,2}$/

export class CodeCaches {
  readonly #maxCharacters: number
  /** Insertion order is the order of use. */
  readonly #caches = new Map<string, string>()
  #characters = 0

  constructor({ maxCharacters }: CodeCachesOptions) {
    this.#maxCharacters = maxCharacters
  }

  get characters(): number {
    return this.#characters
  }

  /** Base64, or nothing. */
  get(cordon: CordonId, hash: string): string {
    const key = keyOf(cordon, hash)
    const cache = this.#caches.get(key)
    if (cache === undefined) return ''
    this.#caches.delete(key)
    this.#caches.set(key, cache)
    return cache
  }

  set(cordon: CordonId, hash: string, cache: string): void {
    if (cache.length > this.#maxCharacters || !CACHE.test(cache)) return
    this.#delete(keyOf(cordon, hash))
    this.#caches.set(keyOf(cordon, hash), cache)
    this.#characters += cache.length
    for (const key of this.#caches.keys()) {
      if (this.#characters <= this.#maxCharacters) return
      this.#delete(key)
    }
  }

  /** Forgets everything of a cordon that is no more. */
  drop(cordon: CordonId): void {
    for (const key of this.#caches.keys()) if (key.startsWith(keyOf(cordon, ''))) this.#delete(key)
  }

  #delete(key: string): void {
    const cache = this.#caches.get(key)
    if (cache === undefined) return
    this.#characters -= cache.length
    this.#caches.delete(key)
  }
}

/** A cordon may hold any character but this one. */
function keyOf(cordon: CordonId, hash: string): string {
  return `${cordon}\0${hash}`
}
