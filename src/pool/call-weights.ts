// What calls of deployed functions cost: those that cost little may overlap where nobody has said how many do.
import type { Task } from '../core/task.ts'

/** Of processor time, on average. A call behind others waits for what they compute, and little is soon over. */
const LIGHT_MS = 5
/** How much the latest call counts: one that is heavy makes its function heavy, many light ones make it light again. */
const LATEST_SHARE = 1 / 8
/** More functions than are called at the same time: with so many, all are learned anew. */
const FUNCTIONS_MAX = 4_096

export class CallWeights {
  /** By the code, then by the name of the function. */
  readonly #averageMs = new Map<string, Map<string, number>>()
  #functions = 0

  /** How many calls of the task's function may be in one executor at the same time; 1 for what is none of a deployment. */
  overlap({ invocation: { source, name } }: Task): number {
    if (source.mode !== 'flash') return 1
    const { maxConcurrency, learnsConcurrency = false, module } = source
    if (!learnsConcurrency) return maxConcurrency
    return (this.#averageMs.get(module.hash)?.get(name) ?? Number.POSITIVE_INFINITY) < LIGHT_MS ? maxConcurrency : 1
  }

  /** Learns from a call that has ended. */
  learn({ invocation: { source, name } }: Task, cpuMs: number): void {
    if (source.mode !== 'flash' || source.learnsConcurrency !== true) return
    const ofModule = this.#ofModule(source.module.hash)
    const before = ofModule.get(name)
    if (before === undefined) this.#functions += 1
    ofModule.set(name, before === undefined ? cpuMs : before + (cpuMs - before) * LATEST_SHARE)
  }

  #ofModule(hash: string): Map<string, number> {
    const known = this.#averageMs.get(hash)
    if (known !== undefined) return known
    if (this.#functions >= FUNCTIONS_MAX) {
      this.#averageMs.clear()
      this.#functions = 0
    }
    const made = new Map<string, number>()
    this.#averageMs.set(hash, made)
    return made
  }
}
