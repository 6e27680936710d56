// Jobs: taking them in, what they cost beside their code, asking among many kept ones, many that wait; each against its bar.
// Flags: see run-parts.ts; the parts are accept, overhead, kept, polls.
import { runAcceptPart } from '../jobs/accept-part.ts'
import { runKeptPart } from '../jobs/kept-part.ts'
import { runOverheadPart } from '../jobs/overhead-part.ts'
import { FULL, QUICK } from '../jobs/part.ts'
import { runPollsPart } from '../jobs/polls-part.ts'
import { runParts } from './run-parts.ts'

await runParts({
  limitMs: 20 * 60_000,
  plans: { full: FULL, quick: QUICK },
  parts: { accept: runAcceptPart, overhead: runOverheadPart, kept: runKeptPart, polls: runPollsPart },
})
