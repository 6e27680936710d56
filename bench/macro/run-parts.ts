// A bench of several parts, each with bars of its own: its command line, its tables, its exit code.
// Flags: --quick for short rounds, --json FILE for everything as JSON, --part NAME for a part of it, more than once for several.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { limitDuration } from '../support/kill-at-exit.ts'
import { describeMachine, writeMachine } from '../support/machine.ts'
import { layOut } from '../support/text-table.ts'
import type { Row } from '../support/text-table.ts'
import { writeBars } from './bars.ts'
import type { Verdict } from './bars.ts'

export interface PartResult {
  readonly name: string
  /** The first row is the head. */
  readonly table: readonly Row[]
  readonly verdicts: readonly Verdict[]
  /** For the JSON. */
  readonly figures: unknown
}

export interface PartsOptions<Plan> {
  /** Of all parts together. */
  readonly limitMs: number
  readonly plans: { readonly full: Plan; readonly quick: Plan }
  /** By name, in the order in which they run. */
  readonly parts: Readonly<Record<string, (plan: Plan) => Promise<PartResult>>>
}

/** Exit codes: 1 for a wrong answer or a bench that could not run, 2 for a bar that is not met. */
const BAR_MISSED = 2

async function main<Plan>({ limitMs, plans, parts }: PartsOptions<Plan>): Promise<number> {
  const { values: flags } = parseArgs({
    options: { quick: { type: 'boolean' }, json: { type: 'string' }, part: { type: 'string', multiple: true } },
  })
  limitDuration(limitMs)
  const plan = flags.quick === true ? plans.quick : plans.full
  const wanted = flags.part ?? Object.keys(parts)
  const unknown = wanted.find((name) => parts[name] === undefined)
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}: ${Object.keys(parts).join(', ')}`)
  const machine = describeMachine()
  const results: PartResult[] = []
  for (const [name, run] of Object.entries(parts)) {
    if (!wanted.includes(name)) continue
    process.stderr.write(`${name} …\n`)
    results.push(await run(plan))
  }
  const verdicts = results.flatMap((result) => result.verdicts)
  const tables = results.map(({ table }) => layOut(table))
  process.stdout.write([writeMachine(machine), ...tables, writeBars(verdicts)].join('\n'))
  if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify({ machine, plan, parts: results }, null, 2))
  return verdicts.some(({ isMet }) => isMet === false) ? BAR_MISSED : 0
}

/** The whole program: sets the exit code. */
export async function runParts<Plan>(options: PartsOptions<Plan>): Promise<void> {
  try {
    process.exitCode = await main(options)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
