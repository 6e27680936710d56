// What an executor has been sent to keep: the modules of a deployment, or instances of classes, which end one by one.

/** An instance without a call is ended at once: an executor that takes so long keeps instances that nobody counts. */
const DROP_MS = 5_000

export class LoadedCode {
  /** By what the executor knows them. */
  readonly #keys = new Set<string>()
  /** Those that it was told to end and has not yet, and since when; the oldest first. */
  readonly #dropped = new Map<string, number>()
  /** Those whose isolate has ended, and which nobody has called since. */
  readonly #retired = new Set<string>()

  get size(): number {
    return this.#keys.size
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  /** For a call that follows, which makes an isolate where there is none. False when it is there already. */
  add(key: string): boolean {
    this.#retired.delete(key)
    if (this.#keys.has(key)) return false
    this.#keys.add(key)
    return true
  }

  /** The executor has ended its isolate, and keeps its code. */
  retire(key: string): void {
    this.#retired.add(key)
  }

  isRetired(key: string): boolean {
    return this.#retired.has(key)
  }

  /** The executor is told to end it. */
  drop(key: string, now: number): void {
    if (!this.#dropped.has(key)) this.#dropped.set(key, now)
  }

  /** Whether something that was dropped is still there long after. */
  isOverdue(now: number): boolean {
    const [droppedAt = Number.POSITIVE_INFINITY] = this.#dropped.values()
    return now - droppedAt > DROP_MS
  }

  ended(key: string): void {
    this.#keys.delete(key)
    this.#dropped.delete(key)
    this.#retired.delete(key)
  }

  keys(): readonly string[] {
    return [...this.#keys]
  }
}
