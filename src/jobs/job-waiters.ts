// Who waits for something to happen to a job: requests that are answered when it ends, or has something new to tell.

export class JobWaiters {
  readonly #byId = new Map<string, Set<() => void>>()

  /** Settles with the next `tell` of the job, after `waitMs`, or when nobody waits any more. */
  async wait(id: string, waitMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting = this.#byId.get(id) ?? new Set()
    this.#byId.set(id, waiting.add(resolve))
    const timer = setTimeout(resolve, waitMs)
    signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
    clearTimeout(timer)
    waiting.delete(resolve)
    if (waiting.size === 0 && this.#byId.get(id) === waiting) this.#byId.delete(id)
  }

  /** Everybody who waits for the job looks at it again. */
  tell(id: string): void {
    const waiting = this.#byId.get(id)
    if (waiting === undefined) return
    this.#byId.delete(id)
    for (const resolve of waiting) resolve()
  }
}
