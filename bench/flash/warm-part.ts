// Warm calls: a deployed function over HTTP against a plain route of Hono that does the same without any isolation.
import type { PartResult } from '../macro/run-parts.ts'
import { runClosedLoop } from '../support/load.ts'
import type { Call, LoadResult } from '../support/load.ts'
import { measureService } from '../support/measure-service.ts'
import type { ServiceRound } from '../support/measure-service.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { median } from '../support/statistics.ts'
import { short } from '../support/text-table.ts'
import type { Row } from '../support/text-table.ts'
import { hold } from './hold.ts'
import type { Bound } from './hold.ts'
import type { FlashPlan } from './part.ts'
import { PeerProcess } from './peer-process.ts'
import type { PeerRound } from './peer-process.ts'
import { FREE_EXECUTORS } from './service.ts'
import { createCalls, executeCall, routeCall } from './warm-calls.ts'
import { WarmFolder } from './warm-folder.ts'

interface Pair {
  readonly peer: PeerRound
  readonly service: ServiceRound
}

interface Load {
  readonly name: string
  readonly clients: number
  readonly durationMs: number
  readonly next: () => Call
  /** Null where the figure is only shown. */
  readonly rateBound: Bound
  readonly p50Bound: Bound
}

const NAME = 'warm'

export async function runWarmPart(plan: FlashPlan): Promise<PartResult> {
  const { warmUpMs, eightMs, oneMs } = plan
  const route = createCalls(routeCall)
  const execute = createCalls(executeCall)
  const common = { rateBound: null, p50Bound: null }
  const loads: readonly Load[] = [
    { ...common, name: 'route, 8', clients: 8, durationMs: eightMs, next: route, rateBound: { least: 0.45 } },
    { ...common, name: 'route, 1', clients: 1, durationMs: oneMs, next: route, p50Bound: { most: 4 } },
    { ...common, name: '/execute, 8', clients: 8, durationMs: eightMs, next: execute },
    { ...common, name: '/execute, 1', clients: 1, durationMs: oneMs, next: execute },
  ]
  using folder = new WarmFolder()
  await using peer = await PeerProcess.start()
  await using service = await ServiceProcess.start({ DEPLOYMENT: folder.path }, FREE_EXECUTORS)
  for (const next of [route, execute]) {
    for (const { url } of [service, peer]) await runClosedLoop({ url, next, clients: 8, durationMs: warmUpMs / 2 })
  }
  const parts: { readonly load: Load; readonly pairs: readonly Pair[] }[] = []
  for (const load of loads) parts.push({ load, pairs: await runPairs(plan.pairs, load, peer, service) })
  return {
    name: NAME,
    table: [HEAD, ...parts.flatMap(({ load, pairs }) => rowsOf(load.name, pairs))],
    verdicts: parts.flatMap(({ load, pairs }) => judge(load, pairs)),
    figures: parts.map(({ load, pairs }) => ({ name: load.name, pairs })),
  }
}

async function runPairs(
  count: number,
  { next, clients, durationMs }: Load,
  peer: PeerProcess,
  service: ServiceProcess,
): Promise<readonly Pair[]> {
  const load = async (url: string): Promise<LoadResult> => runClosedLoop({ url, next, clients, durationMs })
  const pairs: Pair[] = []
  for (let index = 0; index < count; index++) {
    // The one that goes first changes, so that a machine that gets slower or quicker favours neither.
    const first = index % 2 === 0 ? await peer.measure(load) : null
    const round = await measureService(service, async () => load(service.url))
    pairs.push({ service: round, peer: first ?? (await peer.measure(load)) })
  }
  return pairs
}

function judge({ name, clients, rateBound, p50Bound }: Load, pairs: readonly Pair[]): PartResult['verdicts'] {
  const rates = pairs.map(({ service, peer }) => service.perSecond / peer.perSecond)
  const p50s = pairs.map(({ service, peer }) => service.latencyMs.p50 / peer.latencyMs.p50)
  return clients === 1
    ? [hold(NAME, `${name} client: p50, of that of Hono`, p50s, p50Bound)]
    : [hold(NAME, `${name} clients: rate, of that of Hono`, rates, rateBound)]
}

interface Column {
  readonly title: string
  readonly valueOf: (pair: Pair) => number
}

const COLUMNS: readonly Column[] = [
  { title: 'Hono/s', valueOf: ({ peer }) => peer.perSecond },
  { title: 'Hono p50', valueOf: ({ peer }) => peer.latencyMs.p50 },
  { title: 'p99', valueOf: ({ peer }) => peer.latencyMs.p99 },
  { title: 'requests/s', valueOf: ({ service }) => service.perSecond },
  { title: 'p50', valueOf: ({ service }) => service.latencyMs.p50 },
  { title: 'p99', valueOf: ({ service }) => service.latencyMs.p99 },
  { title: 'CPU: Hono', valueOf: ({ peer }) => peer.cpuMs },
  { title: 'front', valueOf: ({ service }) => service.cpuMs.front },
  { title: 'executors', valueOf: ({ service }) => service.cpuMs.executors },
  { title: 'client', valueOf: ({ service }) => service.cpuMs.client },
  { title: 'others, cores', valueOf: ({ service }) => service.othersCores },
]
const HEAD: Row = ['warm, ms', ...COLUMNS.map(({ title }) => title)]

function rowsOf(name: string, pairs: readonly Pair[]): readonly Row[] {
  const row = (label: string, read: (column: Column) => number): Row => [
    `${name} client(s), ${label}`,
    ...COLUMNS.map((column) => short(read(column))),
  ]
  return [
    ...pairs.map((pair, index) => row(String(index + 1), ({ valueOf }) => valueOf(pair))),
    row('median', ({ valueOf }) => median(pairs.map(valueOf))),
  ]
}
