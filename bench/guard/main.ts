// The regression guard: holds the hot paths of the service against the committed baseline. What it says is in docs/benchmark.md.
import { join } from 'node:path'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import type { PathName } from './all-paths.ts'
import { readBaseline, replaceRatios, thisMachine, writeBaseline } from './baseline.ts'
import type { Baseline } from './baseline.ts'
import { HELP, readGuardCommand } from './command.ts'
import type { GuardCommand } from './command.ts'
import { judge, ratioOf } from './judge.ts'
import { measurePath } from './measure-path.ts'
import { describeOtherMachine, writeFindings, writeTable } from './report.ts'
import { runGuard } from './run-guard.ts'

type RunCommand = Extract<GuardCommand, { readonly name: 'run' }>

const BASELINE = join(import.meta.dirname, 'baseline.json')
const FAILED = 1

/** Exit code: 1 when a path is slower, and when one cannot be measured. */
async function run({ paths, isWritten, slowness }: RunCommand): Promise<number> {
  // Here, so that no measuring process has to make it.
  const runtime = await ensureRuntime()
  if (!runtime.ok) throw new Error(runtime.message)
  const measure = async (path: PathName): Promise<number> => measurePath(path, slowness.get(path) ?? 1)
  return isWritten ? write(paths, measure) : check(paths, measure, readBaseline(BASELINE))
}

async function check(
  paths: readonly PathName[],
  measure: (path: PathName) => Promise<number>,
  baseline: Baseline,
): Promise<number> {
  const own = thisMachine()
  const other = describeOtherMachine(baseline, own)
  const known = baseline.machine.arch === own.arch ? baseline.paths : {}
  const judgeOne = (path: PathName, ratios: readonly number[]) => judge(ratios, known[path], other === null)
  const measured = await runGuard(paths, measure, (path, ratios) => judgeOne(path, ratios).verdict === 'slower')
  const judged = new Map([...measured].map(([path, ratios]) => [path, judgeOne(path, ratios)]))
  process.stdout.write(`${writeTable(judged)}${other ?? ''}${writeFindings(judged)}`)
  return judged.values().some(({ verdict }) => verdict === 'slower') ? FAILED : 0
}

/** Every path in as many processes as one needs to be found slower. */
async function write(paths: readonly PathName[], measure: (path: PathName) => Promise<number>): Promise<number> {
  const measured = await runGuard(paths, measure, () => true)
  const ratios = new Map([...measured].map(([path, each]) => [path, ratioOf(each)]))
  const written = replaceRatios(existing(), ratios, thisMachine())
  writeBaseline(BASELINE, written)
  process.stdout.write(`${JSON.stringify(written.paths, null, 2)}\nThe baseline is in ${BASELINE}\n`)
  return 0
}

function existing(): Pick<Baseline, 'paths'> {
  try {
    return readBaseline(BASELINE)
  } catch {
    return { paths: {} }
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const command = readGuardCommand(argv)
  switch (command.name) {
    case 'run':
      return run(command)
    case 'help':
      process.stdout.write(HELP)
      return 0
    case 'invalid':
      process.stderr.write(`${command.issue}\n`)
      return FAILED
    default:
      return command satisfies never
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`The guard could not measure: ${error instanceof Error ? error.message : String(error)}\n`)
  return FAILED
})
