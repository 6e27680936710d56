// V8's patience before it optimizes, and before it collects, is made for pages; this process is a server.
import { setFlagsFromString } from 'node:v8'

export const TUNED_FLAGS = [
  // Calls before V8's second and third compiler take a function, and calls without news before either does; V8 has 400, 3 000
  // and 500. A function of the request's path is called once per request, so that this is how many requests it takes.
  '--invocation-count-for-maglev=100',
  '--invocation-count-for-turbofan=600',
  '--minimum-invocations-after-ic-update=100',
  // The heap may double between two collections of its old part. V8 counts buffers outside of the heap, too, and gives a heap
  // that is often collected less and less room: bodies that pass through would have this small one collected all the time.
  '--heap-growing-percent=100',
]

/**
 * What a service runs at first it mostly runs never again, one that ends soon would compile for nothing, and in the first
 * seconds after a start there is enough to do for the processor.
 */
const TUNED_AFTER = 1_000

/**
 * Gives a function that is told of each request that was answered, and that tunes V8 when it is worth it. For this process
 * only: executors, where tenants' code runs, have V8's own numbers.
 */
export function createTuning(setFlag: (flag: string) => void = setFlagsFromString): () => void {
  let answered = 0
  return () => {
    if (++answered === TUNED_AFTER) for (const flag of TUNED_FLAGS) setFlag(flag)
  }
}
