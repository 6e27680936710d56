// V8's patience before it optimizes, and before it collects, is made for pages; this process is a server.
import { setFlagsFromString } from 'node:v8'

const FLAGS = [
  // Calls before V8's second and third compiler take a function, and calls without news before either does; V8 has 400, 3 000
  // and 500. A function of the request's path is called once per request, so that this is how many requests it takes.
  '--invocation-count-for-maglev=100',
  '--invocation-count-for-turbofan=600',
  '--minimum-invocations-after-ic-update=100',
  // The heap may double between two collections of its old part. V8 counts buffers outside of the heap, too, and gives a heap
  // that is often collected less and less room: bodies that pass through would have this small one collected all the time.
  '--heap-growing-percent=100',
]

/** For this process only: executors, where tenants' code runs, have V8's own. */
export function tuneEngine(): void {
  for (const flag of FLAGS) setFlagsFromString(flag)
}
