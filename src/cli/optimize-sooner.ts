// V8's patience before it optimizes a function: made for pages that many functions of run a few times, not for a server.
import { setFlagsFromString } from 'node:v8'

/**
 * Calls before V8's second and third compiler take a function, and calls without news before either does; V8 has 400, 3 000 and
 * 500. Each function of the request's path is called once per request, so that this is how many requests a service answers
 * before it is as fast as it gets. Flags of this process only: executors, where tenants' code runs, have V8's own.
 */
const FLAGS = [
  '--invocation-count-for-maglev=100',
  '--invocation-count-for-turbofan=600',
  '--minimum-invocations-after-ic-update=100',
]

export function optimizeSooner(): void {
  for (const flag of FLAGS) setFlagsFromString(flag)
}
