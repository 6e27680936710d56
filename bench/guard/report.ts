// What the guard says: a table of all paths, and for each that is slower what was measured and what to do.
import { layOut } from '../support/text-table.ts'
import type { PathName } from './all-paths.ts'
import type { Baseline, Machine } from './baseline.ts'
import type { Judged } from './judge.ts'

const PERCENT = 100

export type JudgedPaths = ReadonlyMap<PathName, Judged>

export function writeTable(paths: JudgedPaths): string {
  return layOut([
    ['path', 'baseline', 'measured', 'change', 'allowed', 'processes', 'verdict'],
    ...[...paths].map(([name, { verdict, ratio, baseline, tolerance, processes }]) => [
      name,
      baseline === null ? '-' : digits(baseline),
      digits(ratio),
      baseline === null ? '-' : signed(ratio / baseline - 1),
      baseline === null ? '-' : `±${percent(tolerance)}`,
      String(processes),
      verdict,
    ]),
  ])
}

/** Everything that somebody has to look at; nothing when all is as before. */
export function writeFindings(paths: JudgedPaths): string {
  const told = [...paths].map(([name, judged]) => describe(name, judged))
  return told.filter((text) => text !== '').join('\n')
}

function describe(name: PathName, { verdict, ratio, baseline, tolerance, processes }: Judged): string {
  switch (verdict) {
    case 'as before':
      return ''
    case 'new':
      return `${name} is not in the baseline. Add it with: npm run guard -- --write --paths ${name}\n`
    case 'faster':
      return (
        `${name} is faster: its ratio to the yardstick is ${digits(ratio)}, and the baseline is ${digits(baseline ?? 0)}. ` +
        `Hold on to that with: npm run guard -- --write --paths ${name}\n`
      )
    case 'slower': {
      const most = (baseline ?? 0) * (1 + tolerance)
      return `FAILED: ${name} is slower.
  The baseline of its ratio to the yardstick is ${digits(baseline ?? 0)}, and ${percent(tolerance)} more is allowed, which is ${digits(most)}.
  Measured was ${digits(ratio)}, ${signed(ratio / (baseline ?? 0) - 1)}: a quarter of ${processes} processes had less.
  What to do:
  - Measure it again, alone: npm run guard -- --paths ${name}
  - See what it does with its time: the path is bench/guard/paths/${name}.ts, and the same on the commit before says whose it is.
  - When the change is worth it, accept it on purpose, and say why in the commit: npm run guard -- --write --paths ${name}
`
    }
    default:
      return verdict satisfies never
  }
}

/** Null when the baseline was measured on a machine like this one. */
export function describeOtherMachine({ machine }: Baseline, own: Machine): string | null {
  if (machine.arch !== own.arch) {
    return `The baseline is that of ${machine.arch}, and this is ${own.arch}: ratios are shown, and none is judged.\n`
  }
  if (machine.processor === own.processor) return null
  return `The baseline was measured on another processor (${machine.processor}; this is ${own.processor}): twice as much is allowed.\n`
}

function digits(value: number): string {
  return value.toFixed(3)
}

function percent(share: number): string {
  return `${Math.round(share * PERCENT)} %`
}

function signed(share: number): string {
  return `${share < 0 ? '−' : '+'}${(Math.abs(share) * PERCENT).toFixed(1)} %`
}
