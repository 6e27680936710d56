// Speed of Live requests: the service over HTTP against the bare cost of an isolate, and against what people use instead.
// Flags: --quick for short rounds, --json FILE for everything as JSON, --part one|poisson|eight for only some of it.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadConfig } from '../../src/config.ts'
import { limitDuration } from '../support/kill-at-exit.ts'
import { runClosedLoop, runPoisson } from '../support/load.ts'
import { describeMachine } from '../support/machine.ts'
import { ProgramCounter } from '../support/program.ts'
import { judge, ONE_CLIENT, POISSON, THROUGHPUT } from './bars.ts'
import { Contestants } from './contestants.ts'
import { FULL, POISSON_PER_SECOND, QUICK, THROUGHPUT_CLIENTS } from './plan.ts'
import { writeReport } from './report.ts'
import { runPart } from './run-part.ts'
import type { Part, PartOptions } from './run-part.ts'

const LIMIT_MS = 15 * 60_000
/** Exit codes: 1 for a wrong answer or a bench that could not run, 2 for a bar that is not met. */
const BAR_MISSED = 2

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'string' }, part: { type: 'string', multiple: true } },
})
const plan = flags.quick === true ? QUICK : FULL
const programs = new ProgramCounter(1)

function partOptions(contestants: Contestants): Readonly<Record<string, PartOptions>> {
  const { pairs, warmUpMs, floorMs, oneClientMs, insteadMs, poissonRequests, throughputMs } = plan
  const closedLoop = async (url: string, clients: number, durationMs: number) =>
    runClosedLoop({ url, programs, clients, durationMs })
  return {
    one: {
      name: ONE_CLIENT,
      settings: {},
      executors: 2,
      pairs,
      warmUp: async (url) => closedLoop(url, 1, warmUpMs),
      load: async (url) => closedLoop(url, 1, oneClientMs),
      floor: async () => contestants.floor(floorMs),
      instead: {
        worker: async () => contestants.worker(insteadMs),
        child: async () => contestants.child(insteadMs),
      },
    },
    poisson: {
      name: POISSON,
      settings: {},
      executors: 2,
      pairs,
      warmUp: async (url) => closedLoop(url, 1, warmUpMs),
      load: async (url) =>
        runPoisson({ url, programs, perSecond: POISSON_PER_SECOND, requests: poissonRequests, connections: 16 }),
      floor: async () => contestants.floor(floorMs),
    },
    eight: {
      name: THROUGHPUT,
      settings: { EXECUTORS_MIN: '2', EXECUTORS_MAX: '2' },
      executors: 3,
      pairs,
      warmUp: async (url) => closedLoop(url, THROUGHPUT_CLIENTS, warmUpMs),
      load: async (url) => closedLoop(url, THROUGHPUT_CLIENTS, throughputMs),
      floor: async () => contestants.floor(throughputMs),
    },
  }
}

/** The floor's isolates have the limit that the service gives its own when nothing is set. */
function defaultMemoryMb(): number {
  const loaded = loadConfig({ env: {}, flags: new Map(), facts: { cores: 1 } })
  if (!loaded.ok) throw new Error(loaded.issues.join('\n'))
  return loaded.config.memoryMb
}

async function main(): Promise<number> {
  limitDuration(LIMIT_MS)
  const machine = describeMachine()
  await using contestants = new Contestants(defaultMemoryMb())
  const parts: Part[] = []
  for (const [key, options] of Object.entries(partOptions(contestants))) {
    if (flags.part?.includes(key) === false) continue
    process.stderr.write(`${options.name} …\n`)
    // oxlint-disable-next-line no-await-in-loop -- parts would disturb each other
    parts.push(await runPart(options))
  }
  const verdicts = judge(parts)
  process.stdout.write(writeReport(machine, parts, verdicts))
  if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify({ machine, plan, parts, verdicts }, null, 2))
  return verdicts.every(({ isMet }) => isMet) ? 0 : BAR_MISSED
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 1
})
