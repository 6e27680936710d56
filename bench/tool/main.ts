// The program behind `worker-isolate bench`: a run with its reports, or a comparison of two.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describeMachine } from '../support/machine.ts'
import { PROJECT_ROOT } from '../support/service-process.ts'
import { HELP, readBenchCommand } from './command.ts'
import type { BenchCommand } from './command.ts'
import { compareRuns } from './compare/compare-runs.ts'
import { writeComparison } from './compare/write-comparison.ts'
import { readRun } from './figures/read-run.ts'
import { RUN_FORMAT } from './figures/run-document.ts'
import type { RunDocument, RunHead } from './figures/run-document.ts'
import { describeCell, describeCurve, ProgressLine } from './progress-line.ts'
import { standAlone } from './report/chart-style.ts'
import { writeHtml } from './report/write-html.ts'
import { writeMarkdown } from './report/write-markdown.ts'
import { runBench } from './run-bench.ts'
import { TARGETS } from './targets/all-targets.ts'
import type { Target } from './targets/target.ts'

type RunCommand = Extract<BenchCommand, { readonly name: 'run' }>

/** Exit codes: 0, 1 for a command that cannot be followed, 3 for a run in which something was not measured or failed. */
const INCOMPLETE = 3

async function run(command: RunCommand, argv: readonly string[]): Promise<number> {
  if (process.platform !== 'linux') throw new Error('The bench reads /proc and needs Linux.')
  const { plan, outFolder } = command
  const wanted = TARGETS.filter(({ name }) => command.targets.includes(name))
  const { able, head } = describeRun(command, argv, wanted)
  mkdirSync(outFolder, { recursive: true })
  const linesPath = join(outFolder, 'run.jsonl')
  writeFileSync(linesPath, `${JSON.stringify({ type: 'head', ...head })}\n`)
  const progress = new ProgressLine(process.stderr, performance.now())
  for (const { target, reason } of head.missing) progress.tell(`${target} is not measured: ${reason}`)
  const document = await runBench({
    head,
    plan,
    targets: able,
    onLine(line) {
      appendFileSync(linesPath, `${JSON.stringify(line)}\n`)
      if (line.type === 'cell') progress.tell(describeCell(line))
      if (line.type === 'memory') progress.tell(describeCurve(line))
      if (line.type === 'broken') progress.tell(`not measured: ${line.what}`)
    },
    onProgress: (step) => progress.show(step, performance.now()),
  })
  progress.end()
  writeReports(document, outFolder)
  const isWhole =
    document.broken.length === 0 && head.missing.length === 0 && document.cells.every(({ failed }) => failed === 0)
  return isWhole ? 0 : INCOMPLETE
}

function writeReports(document: RunDocument, folder: string): void {
  const { html, overview } = writeHtml(document)
  const markdown = writeMarkdown(document)
  writeFileSync(join(folder, 'run.json'), `${JSON.stringify(document)}\n`)
  writeFileSync(join(folder, 'report.html'), html)
  writeFileSync(join(folder, 'report.md'), markdown)
  if (overview !== '') writeFileSync(join(folder, 'overview.svg'), standAlone(overview))
  process.stdout.write(`${markdown}\nThe report is in ${join(folder, 'report.html')}\n`)
}

function describeRun(
  { plan }: RunCommand,
  argv: readonly string[],
  wanted: readonly Target[],
): { readonly able: readonly Target[]; readonly head: RunHead } {
  const checked = wanted.map((target) => ({ target, is: target.check() }))
  const scenarios = [...new Set(plan.cells.map(({ scenario }) => scenario))]
  const able = checked.flatMap(({ target, is }) => (is.ok ? [target] : []))
  const head: RunHead = {
    format: RUN_FORMAT,
    machine: describeMachine(),
    command: ['worker-isolate', 'bench', ...argv].join(' '),
    rounds: plan.rounds,
    secondsPerRound: plan.seconds,
    warmUpSeconds: plan.warmUpSeconds,
    targets: checked.flatMap(({ target: { name, title, boundary }, is }) =>
      is.ok ? [{ name, title, boundary, version: is.version }] : [],
    ),
    missing: checked.flatMap(({ target, is }) => (is.ok ? [] : [{ target: target.name, reason: is.missing }])),
    refused: able.flatMap((target) =>
      scenarios.flatMap((scenario) => {
        const reason = target.refuses(scenario)
        return reason === null ? [] : [{ target: target.name, scenario, reason }]
      }),
    ),
  }
  return { able, head }
}

async function main(argv: readonly string[]): Promise<number> {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
  const command = readBenchCommand(argv, join(PROJECT_ROOT, 'bench', 'results', stamp))
  switch (command.name) {
    case 'help':
      process.stdout.write(HELP)
      return 0
    case 'invalid':
      process.stderr.write(`${command.issue}\n`)
      return 1
    case 'compare': {
      const before = readRun(command.beforePath)
      const after = readRun(command.afterPath)
      process.stdout.write(writeComparison(compareRuns(before, after), before, after))
      return 0
    }
    case 'report':
      writeReports(readRun(command.path), dirname(command.path))
      return 0
    case 'run':
      return run(command, argv)
    default:
      return command satisfies never
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 1
})
