// What npm packages cost a Live request: installed for it, kept from before, and in a program that was sent before; against
// the same program without any. The registry is one of the bench on loopback, so that no network is measured.
import { NpmRegistry } from '../../test/support/npm-registry.ts'
import { hold } from '../flash/hold.ts'
import { FREE_EXECUTORS } from '../flash/service.ts'
import type { PartResult } from '../macro/run-parts.ts'
import { WrongAnswer } from '../support/execute-program.ts'
import { HttpConnection } from '../support/http-connection.ts'
import { OthersMeter } from '../support/process-tree.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { median } from '../support/statistics.ts'
import { short } from '../support/text-table.ts'
import { makePackageProgram, makePlainProgram, timeProgram, timeWithPackage } from './package-calls.ts'
import { PACKAGE_SETS } from './package-sets.ts'
import type { PackageSet } from './package-sets.ts'
import type { RuntimePlan } from './variants.ts'

const NAME = 'dependencies'
const WARM_UPS = 20

/** Milliseconds of the requests of a round. */
interface Round {
  /** The first one that names this version: it is installed. */
  readonly coldMs: number
  /** Other programs with the same version. */
  readonly cachedMs: readonly number[]
  /** Each of those once more. */
  readonly againMs: readonly number[]
  /** A program with the version of the round before: kept, but the bundler is at work for another installation. */
  readonly otherMs: number
  readonly plainMs: readonly number[]
  /** Processors that programs beside the bench kept busy. */
  readonly othersCores: number
}

export async function runDependenciesPart(plan: RuntimePlan): Promise<PartResult> {
  await using registry = await NpmRegistry.start()
  await using service = await ServiceProcess.start({ NPM_REGISTRY: registry.url }, FREE_EXECUTORS)
  using connection = await HttpConnection.open(service.url)
  for (let count = 0; count < WARM_UPS; count++) await timeProgram(connection, makePlainProgram())
  const parts: { readonly name: string; readonly rounds: readonly Round[] }[] = []
  for (const set of PACKAGE_SETS) {
    const rounds: Round[] = []
    // The first two are for the caches of the disk, and so that there is a version before each of the others.
    for (let index = 0; index < plan.installs + 2; index++) {
      set.publish(registry, versionOf(index))
      const round = await runRound({ set, registry, connection }, index, plan.cachedRequests)
      if (index >= 2) rounds.push(round)
    }
    parts.push({ name: set.name, rounds })
  }
  return {
    name: NAME,
    table: [
      [
        'dependencies, ms',
        'none',
        'installed',
        'cached',
        'again',
        'cached, after another',
        'ratio of cached',
        'others, cores',
      ],
      ...parts.flatMap(({ name, rounds }) =>
        rounds.map((round, at) => [
          `${name}, ${at + 1}`,
          ...[
            median(round.plainMs),
            round.coldMs,
            median(round.cachedMs),
            median(round.againMs),
            round.otherMs,
            ratioOf(round, median(round.cachedMs)),
            round.othersCores,
          ].map(short),
        ]),
      ),
    ],
    verdicts: parts.flatMap(({ name, rounds }) => judge(name, rounds)),
    figures: parts,
  }
}

interface Given {
  readonly set: PackageSet
  readonly registry: NpmRegistry
  readonly connection: HttpConnection
}

function versionOf(index: number): string {
  return `1.0.${index}`
}

async function runRound({ set, registry, connection }: Given, index: number, requests: number): Promise<Round> {
  using others = new OthersMeter()
  const version = versionOf(index)
  const ask = async (program = makePackageProgram(set), wanted = version): Promise<number> =>
    timeWithPackage(connection, program, set, wanted)
  const before = registry.asked.length
  const coldMs = await ask()
  const asked = registry.asked.length
  if (asked === before) throw new WrongAnswer(`${set.name}@${version} was installed without the registry`)
  const [plainMs, cachedMs, againMs]: readonly [number[], number[], number[]] = [[], [], []]
  for (let count = 0; count < requests; count++) {
    const program = makePackageProgram(set)
    plainMs.push(await timeProgram(connection, makePlainProgram()))
    cachedMs.push(await ask(program))
    againMs.push(await ask(program))
  }
  const otherMs = index === 0 ? Number.NaN : await ask(makePackageProgram(set), versionOf(index - 1))
  if (registry.asked.length !== asked) throw new WrongAnswer(`${set.name} was kept, and the registry was asked`)
  return { coldMs, cachedMs, againMs, otherMs, plainMs, othersCores: others.read() }
}

function ratioOf({ plainMs }: Round, ms: number): number {
  return ms / median(plainMs)
}

function judge(name: string, rounds: readonly Round[]): PartResult['verdicts'] {
  const show = (claim: string, msOf: (round: Round) => number): PartResult['verdicts'][number] => {
    const ratios = rounds.map((round) => ratioOf(round, msOf(round)))
    return hold(NAME, `${name}, ${claim}, of p50 without packages`, ratios, null)
  }
  return [
    show('installed for the request', ({ coldMs }) => coldMs),
    show('p50 of new programs with what is kept', ({ cachedMs }) => median(cachedMs)),
    show('p50 of programs sent before', ({ againMs }) => median(againMs)),
    show('new program after one with another installation', ({ otherMs }) => otherMs),
  ]
}
