// The command line of the bench, read: a run or a comparison, or what is wrong with it.
import { parseArgs } from 'node:util'
import { makePlan } from './plan.ts'
import type { Plan } from './plan.ts'
import { TARGET_NAMES } from './targets/target.ts'
import type { TargetName } from './targets/target.ts'

export type BenchCommand =
  | { readonly name: 'run'; readonly plan: Plan; readonly targets: readonly TargetName[]; readonly outFolder: string }
  | { readonly name: 'compare'; readonly beforePath: string; readonly afterPath: string }
  | { readonly name: 'report'; readonly path: string }
  | { readonly name: 'help' }
  | { readonly name: 'invalid'; readonly issue: string }

export const HELP = `worker-isolate bench measures this service beside other ways of running code, in one run, interleaved.

Usage: worker-isolate bench [flags]
       worker-isolate bench compare A.json B.json
       worker-isolate bench report FILE

report writes the reports of a run anew beside its file: of run.jsonl, for a run that was stopped.

  --full             Every scenario in every shape, and the curves of memory; takes hours.
  --quick            Short rounds, to see that everything works; the figures mean little.
  --targets a,b      Only these: ${TARGET_NAMES.join(', ')}.
  --scenarios a,b/c  Only these, each perhaps in one shape: live-cold,flash-warm/closed-8,memory.
  --rounds N         How often each target is measured in each cell (5).
  --seconds S        How long it is measured each time (2.5).
  --out DIR          Where the report goes (bench/results/ and the time).
  --help             Prints this text.

Peers from npm are installed once with: npm ci --prefix bench/peers
`

const ROUNDS_MAX = 1_000
const SECONDS_MAX = 3_600

/** @param defaultFolder where a run goes that does not say. */
export function readBenchCommand(argv: readonly string[], defaultFolder: string): BenchCommand {
  if (argv[0] === 'compare') return readCompare(argv.slice(1))
  if (argv[0] === 'report') return readReport(argv.slice(1))
  const parsed = parse(argv)
  if (typeof parsed === 'string') return invalid(parsed)
  if (parsed.help === true) return { name: 'help' }
  const rounds = readNumber('--rounds', parsed.rounds, ROUNDS_MAX)
  const seconds = readNumber('--seconds', parsed.seconds, SECONDS_MAX)
  if (typeof rounds === 'string') return invalid(rounds)
  if (typeof seconds === 'string') return invalid(seconds)
  if (rounds !== null && !Number.isInteger(rounds)) return invalid(`--rounds is ${rounds}; it must be a whole number.`)
  const plan = makePlan({
    isFull: parsed.full === true,
    isQuick: parsed.quick === true,
    scenarios: parsed.scenarios?.split(',') ?? null,
    rounds,
    seconds,
  })
  if (typeof plan === 'string') return invalid(plan)
  const names = parsed.targets?.split(',') ?? TARGET_NAMES
  const unknown = names.find((name) => !TARGET_NAMES.some((each) => each === name))
  if (unknown !== undefined) {
    return invalid(`${JSON.stringify(unknown)} is not a target; they are ${TARGET_NAMES.join(', ')}.`)
  }
  const targets = TARGET_NAMES.filter((name) => names.includes(name))
  return { name: 'run', plan, targets, outFolder: parsed.out ?? defaultFolder }
}

function readCompare(paths: readonly string[]): BenchCommand {
  if (paths.includes('--help')) return { name: 'help' }
  const [beforePath, afterPath, ...rest] = paths
  if (beforePath === undefined || afterPath === undefined || rest.length > 0) {
    return invalid('compare needs two files: worker-isolate bench compare A.json B.json')
  }
  return { name: 'compare', beforePath, afterPath }
}

function readReport([path, ...rest]: readonly string[]): BenchCommand {
  if (path === '--help') return { name: 'help' }
  if (path === undefined || rest.length > 0)
    return invalid('report needs one file: worker-isolate bench report run.jsonl')
  return { name: 'report', path }
}

interface Flags {
  readonly full?: boolean
  readonly quick?: boolean
  readonly help?: boolean
  readonly targets?: string
  readonly scenarios?: string
  readonly rounds?: string
  readonly seconds?: string
  readonly out?: string
}

function parse(argv: readonly string[]): Flags | string {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        full: { type: 'boolean' },
        quick: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        targets: { type: 'string' },
        scenarios: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        out: { type: 'string' },
      },
    }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Null when it is not given, a sentence when it is no such number. */
function readNumber(flag: string, text: string | undefined, most: number): number | string | null {
  if (text === undefined) return null
  const value = text.trim() === '' ? Number.NaN : Number(text)
  return value > 0 && value <= most ? value : `${flag} is ${text}; it must be a number above 0, at most ${most}.`
}

function invalid(issue: string): BenchCommand {
  return { name: 'invalid', issue }
}
