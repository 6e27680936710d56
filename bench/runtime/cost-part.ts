// What it takes to have an isolate ready: each tier against a bare isolate with a context, in turns.
import { hold } from '../flash/hold.ts'
import type { PartResult } from '../macro/run-parts.ts'
import { median } from '../support/statistics.ts'
import { short } from '../support/text-table.ts'
import { bareIsolate, prepareTiers, quickest, timeOf } from './variants.ts'
import type { MadeIsolate, RuntimePlan } from './variants.ts'

const NAME = 'cost'
const WARM_UP = 20
/** Ratios are of the quickest of so many rounds: the spread of single ones says more of the machine. */
const ROUNDS_PER_RATIO = 20

export async function runCostPart({ creations }: RuntimePlan): Promise<PartResult> {
  const variants = [bareIsolate, ...(await prepareTiers())]
  const rounds: (readonly number[])[] = []
  for (let round = 0; round < WARM_UP + creations; round++) {
    const times = variants.map(({ create }) => {
      let made: MadeIsolate | undefined
      const ms = timeOf(() => (made = create()))
      made?.dispose()
      return ms
    })
    if (round >= WARM_UP) rounds.push(times)
  }
  const quickestOf = (some: readonly (readonly number[])[], at: number): number =>
    quickest(some.map((times) => times[at] ?? Number.NaN))
  const figures = variants.map(({ name }, at) => {
    const ratios: number[] = []
    for (let from = 0; from < rounds.length; from += ROUNDS_PER_RATIO) {
      const some = rounds.slice(from, from + ROUNDS_PER_RATIO)
      ratios.push(quickestOf(some, at) / quickestOf(some, 0))
    }
    return { name, ms: quickestOf(rounds, at), ratios }
  })
  return {
    name: NAME,
    table: [
      ['isolate made', 'ms', 'ratio to bare', 'least', 'most'],
      ...figures.map(({ name, ms, ratios }) => [
        name,
        short(ms),
        ...[median(ratios), Math.min(...ratios), Math.max(...ratios)].map(short),
      ]),
    ],
    verdicts: figures
      .slice(1)
      .map(({ name, ratios }, tier) =>
        hold(NAME, `isolate of tier ${name}, of a bare one`, ratios, tier === 0 ? { most: 1.5 } : null),
      ),
    figures,
  }
}
