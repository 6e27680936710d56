// Deployed functions: warm calls, first calls, many deployments, new versions under load; each against its bar.
// Flags: --quick for short rounds, --json FILE for everything as JSON, --part warm|cold|many|hot for a part of it.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadConfig } from '../../src/config.ts'
import { runColdPart } from '../flash/cold-part.ts'
import { runHotPart } from '../flash/hot-part.ts'
import { runManyPart } from '../flash/many-part.ts'
import { FULL, QUICK } from '../flash/part.ts'
import type { FlashPart, FlashPlan } from '../flash/part.ts'
import { runWarmPart } from '../flash/warm-part.ts'
import { limitDuration } from '../support/kill-at-exit.ts'
import { describeMachine, writeMachine } from '../support/machine.ts'
import { layOut } from '../support/text-table.ts'
import { writeBars } from './bars.ts'

const LIMIT_MS = 30 * 60_000
/** Exit codes: 1 for a wrong answer or a bench that could not run, 2 for a bar that is not met. */
const BAR_MISSED = 2

/** In this order. */
const PARTS: Readonly<Record<string, (plan: FlashPlan) => Promise<FlashPart>>> = {
  warm: runWarmPart,
  cold: async (plan) => runColdPart(plan, defaultMemoryMb()),
  many: runManyPart,
  hot: runHotPart,
}

/** The floor's isolates have the limit that the service gives its own when nothing is set. */
function defaultMemoryMb(): number {
  const loaded = loadConfig({ env: {}, flags: new Map(), facts: { cores: 1 } })
  if (!loaded.ok) throw new Error(loaded.issues.join('\n'))
  return loaded.config.memoryMb
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
  const parts: FlashPart[] = []
  for (const [name, run] of Object.entries(PARTS)) {
    if (!wanted.includes(name)) continue
    process.stderr.write(`${name} …\n`)
    parts.push(await run(plan))
  }
  const tables = parts.map(({ table }) => layOut(table))
  process.stdout.write(
    [writeMachine(machine), ...tables, writeBars(parts.flatMap(({ verdicts }) => verdicts))].join('\n'),
  )
  if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify({ machine, plan, parts }, null, 2))
  return parts.some(({ verdicts }) => verdicts.some(({ isMet }) => isMet === false)) ? BAR_MISSED : 0
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 1
})
