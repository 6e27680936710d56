// The isolates in which modules wait for their calls: one a module, and none for long when nobody calls it.
import type { WarmIsolate } from './warm-isolate.ts'

export interface Warmth {
  /** An isolate whose module is not called for this long goes. */
  readonly idleMs: number
  /** With so many, each further one takes the place of the one that has been idle longest. */
  readonly isolatesMax: number
}

/** As long as an executor without calls is kept; and more modules than most deployments have. */
export const WARMTH: Warmth = { idleMs: 60_000, isolatesMax: 32 }

const LOOKS_PER_IDLE_TIME = 4

export class WarmIsolates {
  readonly #warmth: Warmth
  readonly #isolates = new Map<string, WarmIsolate>()
  #timer: NodeJS.Timeout | undefined

  constructor(warmth: Warmth) {
    this.#warmth = warmth
  }

  /** The module's isolate, if it has one that takes calls. */
  get(hash: string): WarmIsolate | null {
    const found = this.#isolates.get(hash)
    return found === undefined || found.isRetired ? null : found
  }

  add(hash: string, isolate: WarmIsolate): void {
    this.#isolates.delete(hash)
    this.#forgetRetired()
    if (this.#isolates.size >= this.#warmth.isolatesMax) this.#idleLongest()?.retire('idle')
    this.#isolates.set(hash, isolate)
    this.#timer ??= setInterval(() => this.#look(), this.#warmth.idleMs / LOOKS_PER_IDLE_TIME)
    this.#timer.unref()
  }

  #look(): void {
    const latest = performance.now() - this.#warmth.idleMs
    for (const isolate of this.#isolates.values()) {
      if (isolate.idleSince !== null && isolate.idleSince <= latest) isolate.retire('idle')
    }
    this.#forgetRetired()
    if (this.#isolates.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** None when all of them have calls: then there are more for a while. */
  #idleLongest(): WarmIsolate | null {
    let longest: WarmIsolate | null = null
    for (const isolate of this.#isolates.values()) {
      const since = isolate.idleSince
      if (since !== null && since < (longest?.idleSince ?? Number.POSITIVE_INFINITY)) longest = isolate
    }
    return longest
  }

  #forgetRetired(): void {
    for (const [hash, isolate] of this.#isolates) if (isolate.isRetired) this.#isolates.delete(hash)
  }
}
