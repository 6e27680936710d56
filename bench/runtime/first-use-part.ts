// What the first use of each group of web globals takes: in the smallest tier, and in the one that a program with it gets.
import { scanForTier } from '../../src/executor/tier-choice.ts'
import { hold } from '../flash/hold.ts'
import type { Verdict } from '../macro/bars.ts'
import type { PartResult } from '../macro/run-parts.ts'
import { short } from '../support/text-table.ts'
import { FIRST_USES } from './first-uses.ts'
import { prepareTiers, quickest, timeOf } from './variants.ts'
import type { MadeIsolate, RuntimePlan, Variant } from './variants.ts'

const NAME = 'first use'
const WARM_UP = 2

interface Use {
  readonly firstMs: number
  readonly againMs: number
  /** Making the isolate and the first use: the processor time that such a program takes, wherever it takes it. */
  readonly allMs: number
}

export async function runFirstUsePart({ firstUses }: RuntimePlan): Promise<PartResult> {
  const tiers = await prepareTiers()
  const figures = Object.entries(FIRST_USES).map(([name, { code, mostMs }]) => {
    const tier = scanForTier(code)
    const places = [0, tier].map((place) => tiers[place] as Variant)
    const [base, own] = measure(places, code, firstUses)
    return { name, tier: tiers[tier]?.name ?? '', mostMs, base, own }
  })
  return {
    name: NAME,
    table: [
      ['first use, ms', 'tier', 'in it', 'in base', 'again', 'made and used', 'the same in base'],
      ...figures.map(({ name, tier, base, own }) => [
        name,
        tier,
        ...[own?.firstMs, base?.firstMs, own?.againMs, own?.allMs, base?.allMs].map((ms) => short(ms ?? Number.NaN)),
      ]),
    ],
    verdicts: figures.flatMap(({ name, tier, mostMs, own }): Verdict[] =>
      mostMs === undefined
        ? []
        : [hold(NAME, `ms of ${name} in tier ${tier}`, [own?.firstMs ?? Number.NaN], { most: mostMs })],
    ),
    figures,
  }
}

/** In turns, each time in an isolate of its own. */
function measure(places: readonly Variant[], code: string, rounds: number): readonly Use[] {
  const script = `{${code};0}`
  const seen = places.map((): Use[] => [])
  for (let round = 0; round < WARM_UP + rounds; round++) {
    for (const [at, { create }] of places.entries()) {
      const made: MadeIsolate[] = []
      const madeMs = timeOf(() => made.push(create()))
      for (const { run, dispose } of made) {
        const firstMs = timeOf(() => run(script))
        const againMs = timeOf(() => run(script))
        dispose()
        if (round >= WARM_UP) seen[at]?.push({ firstMs, againMs, allMs: madeMs + firstMs })
      }
    }
  }
  const timeOfAll = (uses: readonly Use[], key: keyof Use): number => quickest(uses.map((use) => use[key]))
  return seen.map((uses) => ({
    firstMs: timeOfAll(uses, 'firstMs'),
    againMs: timeOfAll(uses, 'againMs'),
    allMs: timeOfAll(uses, 'allMs'),
  }))
}
