// Jobs: taking them in, what they cost beside their code, asking among many kept ones, many that wait; each against its bar.
// Flags: --quick for short rounds, --json FILE for everything as JSON, --part accept|overhead|kept|polls for a part of it.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runAcceptPart } from '../jobs/accept-part.ts'
import { runKeptPart } from '../jobs/kept-part.ts'
import { runOverheadPart } from '../jobs/overhead-part.ts'
import { FULL, QUICK } from '../jobs/part.ts'
import type { JobsPart, JobsPlan } from '../jobs/part.ts'
import { runPollsPart } from '../jobs/polls-part.ts'
import { limitDuration } from '../support/kill-at-exit.ts'
import { describeMachine, writeMachine } from '../support/machine.ts'
import { layOut } from '../support/text-table.ts'
import { writeBars } from './bars.ts'

const LIMIT_MS = 20 * 60_000
/** Exit codes: 1 for a wrong answer or a bench that could not run, 2 for a bar that is not met. */
const BAR_MISSED = 2

/** In this order. */
const PARTS: Readonly<Record<string, (plan: JobsPlan) => Promise<JobsPart>>> = {
  accept: runAcceptPart,
  overhead: runOverheadPart,
  kept: runKeptPart,
  polls: runPollsPart,
}

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: { quick: { type: 'boolean' }, json: { type: 'string' }, part: { type: 'string', multiple: true } },
  })
  limitDuration(LIMIT_MS)
  const plan = flags.quick === true ? QUICK : FULL
  const wanted = flags.part ?? Object.keys(PARTS)
  const unknown = wanted.find((name) => PARTS[name] === undefined)
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}: ${Object.keys(PARTS).join(', ')}`)
  const machine = describeMachine()
  const parts: JobsPart[] = []
  for (const [name, run] of Object.entries(PARTS)) {
    if (!wanted.includes(name)) continue
    process.stderr.write(`${name} …\n`)
    parts.push(await run(plan))
  }
  const verdicts = parts.flatMap((part) => part.verdicts)
  process.stdout.write(
    [writeMachine(machine), ...parts.map(({ table }) => layOut(table)), writeBars(verdicts)].join('\n'),
  )
  if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify({ machine, plan, parts }, null, 2))
  return verdicts.some(({ isMet }) => isMet === false) ? BAR_MISSED : 0
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 1
})
