// Collects what tasks leave in the executor's own heap, between tasks and before much of it piles up.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** A collection takes about 7 ms of the main thread: after so many tasks it is due even when the executor never rests. */
const MAX_TASKS = 256
/** After so many it is worth a pause that nobody waits in. */
const MIN_TASKS = 32
const REST_MS = 100

/**
 * isolated-vm's handles are small objects that hold native memory; V8 sees the objects only, and lets tens of megabytes
 * pile up before it looks for garbage. The flag is set for this one lookup, so that no guest's context gets the function.
 */
function findCollector(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc')
  try {
    return runInNewContext('gc') as NodeJS.GCFunction
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}

export class GarbageCollection {
  readonly #collect = findCollector()
  #tasks = 0
  #restTimer: NodeJS.Timeout | undefined

  /** To be called when a task starts. */
  taskStarts(): void {
    this.#tasks++
    clearTimeout(this.#restTimer)
  }

  /** To be called when nothing of a task runs any more and its answer is on its way. */
  taskIsOver(): void {
    if (this.#tasks >= MAX_TASKS) this.#run('regular')
    else if (this.#tasks >= MIN_TASKS) this.#restTimer = setTimeout(() => this.#run('last-resort'), REST_MS)
  }

  /** The last resort takes half as long again, and gives the pages back that V8 would keep for later. */
  #run(flavor: 'regular' | 'last-resort'): void {
    this.#tasks = 0
    this.#collect({ type: 'major', execution: 'sync', flavor })
  }
}
