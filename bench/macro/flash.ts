// Deployed functions: warm calls, first calls, many deployments, new versions under load; each against its bar.
// Flags: see run-parts.ts; the parts are warm, ledger, cold, many, hot.
import { loadConfig } from '../../src/config.ts'
import { runColdPart } from '../flash/cold-part.ts'
import { runHotPart } from '../flash/hot-part.ts'
import { runLedgerPart } from '../flash/ledger-part.ts'
import { runManyPart } from '../flash/many-part.ts'
import { FULL, QUICK } from '../flash/part.ts'
import { runWarmPart } from '../flash/warm-part.ts'
import { runParts } from './run-parts.ts'

/** The floor's isolates have the limit that the service gives its own when nothing is set. */
function defaultMemoryMb(): number {
  const loaded = loadConfig({ env: {}, flags: new Map(), facts: { cores: 1 } })
  if (!loaded.ok) throw new Error(loaded.issues.join('\n'))
  return loaded.config.memoryMb
}

await runParts({
  limitMs: 30 * 60_000,
  plans: { full: FULL, quick: QUICK },
  parts: {
    warm: runWarmPart,
    ledger: runLedgerPart,
    cold: async (plan) => runColdPart(plan, defaultMemoryMb()),
    many: runManyPart,
    hot: runHotPart,
  },
})
