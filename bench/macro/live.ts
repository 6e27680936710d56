// Speed of Live requests: the service over HTTP against the bare cost of an isolate, and against what people use instead.
// Flags: --quick for short rounds, --json FILE for everything as JSON, --part one|poisson|eight for a part of it.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadConfig } from '../../src/config.ts'
import { limitDuration } from '../support/kill-at-exit.ts'
import { describeMachine } from '../support/machine.ts'
import { judge } from './bars.ts'
import { Contestants } from './contestants.ts'
import { createParts, PART_KEYS } from './live-parts.ts'
import { FULL, QUICK } from './plan.ts'
import { writeReport } from './report.ts'
import { runPart } from './run-part.ts'
import type { Part } from './run-part.ts'

const LIMIT_MS = 20 * 60_000
/** Exit codes: 1 for a wrong answer or a bench that could not run, 2 for a bar that is not met. */
const BAR_MISSED = 2

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'string' }, part: { type: 'string', multiple: true } },
})

/** The floor's isolates have the limit that the service gives its own when nothing is set. */
function defaultMemoryMb(): number {
  const loaded = loadConfig({ env: {}, flags: new Map(), facts: { cores: 1 } })
  if (!loaded.ok) throw new Error(loaded.issues.join('\n'))
  return loaded.config.memoryMb
}

async function main(): Promise<number> {
  limitDuration(LIMIT_MS)
  const plan = flags.quick === true ? QUICK : FULL
  const machine = describeMachine()
  await using contestants = new Contestants(defaultMemoryMb())
  const all = createParts(plan, contestants)
  const parts: Part[] = []
  for (const key of PART_KEYS.filter((each) => flags.part?.includes(each) !== false)) {
    process.stderr.write(`${all[key].name} …\n`)
    // oxlint-disable-next-line no-await-in-loop -- parts would disturb each other
    parts.push(await runPart(all[key]))
  }
  const verdicts = judge(parts)
  process.stdout.write(writeReport(machine, parts, verdicts))
  if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify({ machine, plan, parts, verdicts }, null, 2))
  return verdicts.some(({ isMet }) => isMet === false) ? BAR_MISSED : 0
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 1
})
