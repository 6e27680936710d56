// The runtime of guests: what an isolate costs by tier, what it takes idle, what the first use of each group of globals takes,
// what fetch costs, and what packages cost. Flags: see run-parts.ts; the parts are idle, cost, first-use, fetch, dependencies.
import { runCostPart } from '../runtime/cost-part.ts'
import { runDependenciesPart } from '../runtime/dependencies-part.ts'
import { runFetchPart } from '../runtime/fetch-part.ts'
import { runFirstUsePart } from '../runtime/first-use-part.ts'
import { runIdlePart } from '../runtime/idle-part.ts'
import { FULL, QUICK } from '../runtime/variants.ts'
import { runParts } from './run-parts.ts'

await runParts({
  limitMs: 10 * 60_000,
  plans: { full: FULL, quick: QUICK },
  // Idle first: isolates that are thrown away would leave pages behind.
  parts: {
    idle: runIdlePart,
    cost: runCostPart,
    'first-use': runFirstUsePart,
    fetch: runFetchPart,
    dependencies: runDependenciesPart,
  },
})
