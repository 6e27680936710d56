// What fetch costs submitted code: against undici in a process of its own that asks the same server for the same.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeQueueArtifact } from '../flash/artifact.ts'
import { hold } from '../flash/hold.ts'
import { PeerProcess } from '../flash/peer-process.ts'
import { deploy, startAdminService } from '../flash/service.ts'
import type { PartResult } from '../macro/run-parts.ts'
import { HttpConnection } from '../support/http-connection.ts'
import { OthersMeter, TreeCpuMeter } from '../support/process-tree.ts'
import { median } from '../support/statistics.ts'
import { short } from '../support/text-table.ts'
import type { Row } from '../support/text-table.ts'
import { LENGTHS, timeFetch } from './fetch-calls.ts'
import type { Contestant } from './fetch-calls.ts'
import { LARGE_BYTES, writeFetchModule } from './fetch-work.ts'
import type { FetchKind } from './fetch-work.ts'
import type { RuntimePlan } from './variants.ts'

const NAME = 'fetch'
const ENDPOINT = 'asking'
/** A call has more requests than a task may make unless the operator says so, and they bring more. */
const BUDGETS = { EGRESS_REQUESTS: '1000', EGRESS_RECEIVED_BYTES: String(256 * 1_024 * 1_024) }
const KINDS: readonly FetchKind[] = ['small', 'large']

interface Round {
  /** Milliseconds of one request, by contestant. */
  readonly ms: Readonly<Record<string, number>>
  /** Processor time of the service for one request. */
  readonly frontMs: number
  readonly executorsMs: number
  /** Processors that programs beside the bench kept busy. */
  readonly othersCores: number
}

const [OURS, FETCH, REQUEST] = ['ours', 'undici fetch', 'undici request'] as const

export async function runFetchPart(plan: RuntimePlan): Promise<PartResult> {
  const folder = mkdtempSync(join(tmpdir(), 'worker-isolate-bench-'))
  try {
    await using origin = await PeerProcess.start(join(import.meta.dirname, 'origin-peer.ts'))
    await using peer = await PeerProcess.start(join(import.meta.dirname, 'undici-peer.ts'))
    const policy = join(folder, 'egress.json')
    const rules = [{ allow: origin.url, private: ['127.0.0.1'] }]
    writeFileSync(policy, JSON.stringify({ endpoints: { [ENDPOINT]: { rules } } }))
    await using service = await startAdminService({ EGRESS_POLICY: policy, ...BUDGETS })
    await deploy(service.url, ENDPOINT, makeQueueArtifact(writeFetchModule()))
    using toService = await HttpConnection.open(service.url)
    using toPeer = await HttpConnection.open(peer.url)
    const contestants: readonly Contestant[] = [
      { name: FETCH, connection: toPeer, path: '/fetch' },
      { name: OURS, connection: toService, path: `/v2/${ENDPOINT}/runsync` },
      { name: REQUEST, connection: toPeer, path: '/request' },
    ]
    const parts: { readonly kind: FetchKind; readonly rounds: readonly Round[] }[] = []
    for (const kind of KINDS) {
      const given: Given = { contestants, kind, origin: origin.url, pid: service.pid }
      await runRound(given, plan.fetchWarmUps)
      const rounds: Round[] = []
      for (let count = 0; count < plan.fetchRounds; count++) rounds.push(await runRound(given, plan.fetchSamples))
      parts.push({ kind, rounds })
    }
    return {
      name: NAME,
      table: [HEAD, ...parts.flatMap(({ kind, rounds }) => rowsOf(kind, rounds))],
      verdicts: parts.flatMap(({ kind, rounds }) => judge(kind, rounds)),
      figures: parts,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Given {
  readonly contestants: readonly Contestant[]
  readonly kind: FetchKind
  readonly origin: string
  /** Of the service. */
  readonly pid: number
}

async function runRound({ contestants, kind, origin, pid }: Given, samples: number): Promise<Round> {
  using meter = new TreeCpuMeter(pid)
  using others = new OthersMeter()
  const times = new Map(contestants.map(({ name }): [string, number[]] => [name, []]))
  for (let sample = 0; sample < samples; sample++) {
    // The one that goes first changes, so that a machine that gets slower or quicker favours none.
    const inOrder = sample % 2 === 0 ? contestants : contestants.toReversed()
    for (const one of inOrder) times.get(one.name)?.push(await timeFetch(one, kind, origin))
  }
  const requests = samples * (LENGTHS[kind].short + LENGTHS[kind].long)
  const { rootMs, descendantsMs } = meter.read()
  return {
    ms: Object.fromEntries([...times].map(([name, all]) => [name, median(all)])),
    frontMs: rootMs / requests,
    executorsMs: descendantsMs / requests,
    othersCores: others.read(),
  }
}

function msOf({ ms }: Round, name: string): number {
  return ms[name] ?? Number.NaN
}

function judge(kind: FetchKind, rounds: readonly Round[]): PartResult['verdicts'] {
  return [FETCH, REQUEST].map((name) => {
    const claim = kind === 'small' ? `p50 of a request, of that of ${name}` : `MB/s of ${name}, of ours`
    return hold(
      NAME,
      `${kind}: ${claim}`,
      rounds.map((round) => msOf(round, OURS) / msOf(round, name)),
      null,
    )
  })
}

const HEAD: Row = [
  'fetch',
  ...[FETCH, REQUEST, OURS].map((name) => `${name}, ms`),
  ...[FETCH, REQUEST, OURS].map((name) => `${name}, MB/s`),
  'CPU: front, ms',
  'executors, ms',
  'others, cores',
]

function rowsOf(kind: FetchKind, rounds: readonly Round[]): readonly Row[] {
  const row = (label: string, read: (valueOf: (round: Round) => number) => number): Row => {
    const times = [FETCH, REQUEST, OURS].map((name) => read((round) => msOf(round, name)))
    const rates = times.map((ms) => (kind === 'large' ? short(LARGE_BYTES / 1_000 / ms) : '-'))
    const load = [
      read(({ frontMs }) => frontMs),
      read(({ executorsMs }) => executorsMs),
      read(({ othersCores }) => othersCores),
    ]
    return [`${kind}, ${label}`, ...times.map(short), ...rates, ...load.map(short)]
  }
  return [
    ...rounds.map((round, index) => row(String(index + 1), (valueOf) => valueOf(round))),
    row('median', (valueOf) => median(rounds.map(valueOf))),
  ]
}
