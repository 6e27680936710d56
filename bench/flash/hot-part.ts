// New versions under load: no request may fail, and none may be answered by a version that was replaced before it was sent.
import { setTimeout } from 'node:timers/promises'
import type { PartResult } from '../macro/run-parts.ts'
import { drawArrivals } from '../support/arrivals.ts'
import { WrongAnswer } from '../support/execute-program.ts'
import { runClosedLoop, runOpenLoop } from '../support/load.ts'
import type { Call } from '../support/load.ts'
import { spreadOf } from '../support/statistics.ts'
import type { Spread } from '../support/statistics.ts'
import { short } from '../support/text-table.ts'
import type { Row } from '../support/text-table.ts'
import { makeVersionedArtifact } from './artifact.ts'
import { hold } from './hold.ts'
import type { FlashPlan } from './part.ts'
import { deploy, startAdminService } from './service.ts'

const NAME = 'hot deploy'
const ENDPOINT = 'default'
const PER_SECOND = 200
const EVERY_MS = 500
/** More than can be on their way at once, so that arrivals stay arrivals. */
const CONNECTIONS = 256
const WARM_UP_MS = 2_000

interface Round {
  readonly name: string
  readonly requests: number
  readonly failures: readonly string[]
  readonly latencyMs: Spread & { readonly most: number }
  readonly deployMs: readonly number[]
  /** Versions that were deployed during the round, and those of them that answered. */
  readonly deployed: readonly number[]
  readonly seen: readonly number[]
}

export async function runHotPart({ hotMs }: FlashPlan): Promise<PartResult> {
  await using service = await startAdminService({})
  const { url } = service
  await deploy(url, ENDPOINT, makeVersionedArtifact(1))
  const history = new History(1)
  await runClosedLoop({ url, next: () => history.nextCall(() => undefined), clients: 2, durationMs: WARM_UP_MS })
  let version = 1
  const rounds = [
    await runRound('no deployments', url, hotMs, history, null),
    await runRound('new versions', url, hotMs, history, () => ++version),
    await runRound('two versions in turn', url, hotMs, history, (at) => 1_000 + (at % 2)),
  ]
  const failed = rounds.map(({ failures }) => failures.length)
  return {
    name: NAME,
    table: tableOf(rounds),
    verdicts: [
      ...rounds.map(({ name }, at) => hold(NAME, `${name}: failed requests`, [failed[at] ?? Number.NaN], { most: 0 })),
      ...rounds.slice(1).map(({ name, seen, deployed }) =>
        hold(NAME, `${name}: versions that answered, of those deployed`, [seen.length / deployed.length], {
          least: 1,
        }),
      ),
    ],
    figures: { rounds },
  }
}

/** Which versions may answer: the one that was live when a request was sent, and all that began to replace it since. */
class History {
  readonly #order: number[]
  /** Index of the newest version whose deployment was answered. */
  #live = 0
  readonly seen = new Set<number>()
  #index = 0

  constructor(first: number) {
    this.#order = [first]
  }

  begin(version: number): void {
    this.#order.push(version)
  }

  /** What was begun last is live now. */
  end(): void {
    this.#live = this.#order.length - 1
  }

  /** `onFailure` is told of an answer that is none; an answer of a wrong version or number ends the bench. */
  nextCall(onFailure: (text: string) => void): Call {
    const x = ++this.#index
    const liveAtSend = this.#live
    return {
      path: '/sum',
      body: `{"x":${x},"y":1}`,
      check: ({ status, body }) => {
        if (status !== 200) {
          onFailure(`${status} ${body}`)
          return
        }
        const answer = JSON.parse(body) as { readonly version: number; readonly sum: number }
        const allowed = this.#order.slice(liveAtSend)
        if (answer.sum !== x + 1) throw new WrongAnswer(`/sum: ${body}, not ${x + 1}`)
        if (!allowed.includes(answer.version)) throw new WrongAnswer(`${body}: live were ${allowed.join(', ')}`)
        this.seen.add(answer.version)
      },
    }
  }
}

async function runRound(
  name: string,
  url: string,
  durationMs: number,
  history: History,
  versionAt: ((at: number) => number) | null,
): Promise<Round> {
  const failures: string[] = []
  const deployMs: number[] = []
  const deployed = new Set<number>()
  history.seen.clear()
  let isDeploying = false
  const deployAll = async (): Promise<void> => {
    if (versionAt === null) return
    const startedAt = performance.now()
    for (let at = 0; at * EVERY_MS < durationMs - EVERY_MS; at++) {
      await setTimeout(Math.max(0, startedAt + (at + 0.5) * EVERY_MS - performance.now()))
      if (performance.now() - startedAt > durationMs - EVERY_MS) break
      const version = versionAt(at)
      history.begin(version)
      isDeploying = true
      const sentAt = performance.now()
      await deploy(url, ENDPOINT, makeVersionedArtifact(version))
      deployMs.push(performance.now() - sentAt)
      isDeploying = false
      history.end()
      deployed.add(version)
    }
  }
  const arrivalsMs = drawArrivals({
    seed: 1,
    perSecond: PER_SECOND,
    count: Math.round((PER_SECOND * durationMs) / 1_000),
  })
  const [load] = await Promise.all([
    runOpenLoop({
      url,
      next: () => history.nextCall((text) => failures.push(text)),
      arrivalsMs,
      connections: CONNECTIONS,
      onBroken: (error) => failures.push(String(error)),
      isQuiet: () => !isDeploying,
    }),
    deployAll(),
  ])
  const seen = [...history.seen].filter((version) => deployed.has(version))
  const latencyMs = { ...spreadOf(load.latenciesMs), most: Math.max(...load.latenciesMs) }
  return { name, requests: arrivalsMs.length, failures, latencyMs, deployMs, deployed: [...deployed], seen }
}

function tableOf(rounds: readonly Round[]): readonly Row[] {
  return [
    [
      'hot deploy, ms',
      'requests',
      'failed',
      'p50',
      'p90',
      'p99',
      'most',
      'deployments',
      'versions',
      'seen',
      'deploy p50',
    ],
    ...rounds.map(({ name, requests, failures, latencyMs, deployMs, deployed, seen }) => [
      name,
      String(requests),
      String(failures.length),
      short(latencyMs.p50),
      short(latencyMs.p90),
      short(latencyMs.p99),
      short(latencyMs.most),
      String(deployMs.length),
      String(deployed.length),
      String(seen.length),
      short(spreadOf(deployMs).p50),
    ]),
    ...[...new Set(rounds.flatMap(({ failures }) => failures))]
      .slice(0, SHOWN_FAILURES)
      .map((text) => [`failed: ${text}`]),
  ]
}

const SHOWN_FAILURES = 3
