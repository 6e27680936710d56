// What the phase ledger costs a warm call: its work by itself, in this process, against a call over HTTP.
import type { Usage } from '../../src/core/outcome.ts'
import { PhaseLedger } from '../../src/executor/phase-ledger.ts'
import { writeServerTiming } from '../../src/http/server-timing.ts'
import { encodeFrame, FrameReader } from '../../src/ipc/frame.ts'
import { parseFromExecutor } from '../../src/ipc/messages.ts'
import { describeRequest } from '../../src/telemetry/request-line.ts'
import { ServiceMetrics } from '../../src/telemetry/service-metrics.ts'
import type { MetricsSources } from '../../src/telemetry/service-metrics.ts'
import type { PartResult } from '../macro/run-parts.ts'
import { runClosedLoop } from '../support/load.ts'
import { measureService } from '../support/measure-service.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { short } from '../support/text-table.ts'
import { hold } from './hold.ts'
import type { FlashPlan } from './part.ts'
import { FREE_EXECUTORS } from './service.ts'
import { createCalls, routeCall } from './warm-calls.ts'
import { WarmFolder } from './warm-folder.ts'

const NAME = 'ledger'
/** Calls in each measurement; the shortest of several counts, since others on the machine only add. */
const CALLS = 20_000
const MEASUREMENTS = 5
const MOST_PERCENT = 2
const FRAME_BYTES = 1_000_000
const TASK_ID = 'c0ffee00-0000-4000-8000-000000000000'

const FACTS = {
  event: 'answered',
  method: 'POST',
  route: '/{path}',
  endpoint: null,
  id: TASK_ID,
  mode: 'flash',
  status: 200,
  jobStatus: null,
  code: null,
  durationMs: 0.4,
  answerBytes: 9,
}

/** Nobody reads these metrics. */
const UNREAD: MetricsSources = {
  executors: () => [],
  queue: () => ({ waiting: 0, oldestMs: 0 }),
  jobs: () => ({
    inQueue: 0,
    inProgress: 0,
    oldestMs: 0,
    accepted: { run: 0, runsync: 0 },
    retried: 0,
    found: { waiting: 0, again: 0, interrupted: 0 },
  }),
  webhooks: () => ({ posts: { taken: 0, failed: 0 }, givenUp: 0 }),
  openEgress: () => 0,
  refusedConnections: () => 0,
  budgets: async () => [],
  endpointLabel: () => 'default',
}

export async function runLedgerPart({ pairs, warmUpMs, oneMs }: FlashPlan): Promise<PartResult> {
  using folder = new WarmFolder()
  await using service = await ServiceProcess.start({ DEPLOYMENT: folder.path }, FREE_EXECUTORS)
  const next = createCalls(routeCall)
  await runClosedLoop({ url: service.url, next, clients: 1, durationMs: warmUpMs })
  const rounds: { readonly callUs: number; readonly ledgerUs: number }[] = []
  for (let round = 0; round < pairs; round++) {
    const measured = await measureService(service, async () =>
      runClosedLoop({ url: service.url, next, clients: 1, durationMs: oneMs }),
    )
    rounds.push({ callUs: measured.latencyMs.p50 * 1_000, ledgerUs: measureLedgerUs() })
  }
  const rows = rounds.map(({ callUs, ledgerUs }, index) => [String(index + 1), short(callUs), short(ledgerUs)])
  const percents = rounds.map(({ callUs, ledgerUs }) => (100 * ledgerUs) / callUs)
  return {
    name: NAME,
    table: [['ledger, µs', 'call p50', 'ledger'], ...rows],
    verdicts: [
      hold(NAME, 'its work for a warm call, percent of the p50 of one client', percents, { most: MOST_PERCENT }),
    ],
    figures: { rounds },
  }
}

/** What a call takes with all that the ledger adds to it, less what it takes without, in microseconds. */
function measureLedgerUs(): number {
  const metrics = new ServiceMetrics(UNREAD)
  const shortest = { with: Number.POSITIVE_INFINITY, without: Number.POSITIVE_INFINITY }
  for (let index = 0; index <= MEASUREMENTS; index++) {
    const withUs = timeCalls(metrics, true)
    const withoutUs = timeCalls(metrics, false)
    // The first is not compiled yet.
    if (index === 0) continue
    shortest.with = Math.min(shortest.with, withUs)
    shortest.without = Math.min(shortest.without, withoutUs)
  }
  return shortest.with - shortest.without
}

function timeCalls(metrics: ServiceMetrics, hasLedger: boolean): number {
  const reader = new FrameReader(() => FRAME_BYTES)
  const startedAt = performance.now()
  for (let index = 0; index < CALLS; index++) passThrough(reader, metrics, hasLedger)
  return ((performance.now() - startedAt) * 1_000) / CALLS
}

/** The way of a settled call from the executor to the log, the metrics and the answer. */
function passThrough(reader: FrameReader, metrics: ServiceMetrics, hasLedger: boolean): void {
  const base = { type: 'settled', taskId: TASK_ID, ok: true, isFree: true, ran: true, failure: null }
  const [frame] = reader.push(
    encodeFrame({ ...base, cpuMs: 0.04, wallMs: 0.05, ...tell(hasLedger) }, ['', '{"sum":3}']),
  )
  if (frame === undefined) throw new Error('the frame did not arrive')
  const settled = parseFromExecutor(frame)
  if (settled.type !== 'settled') throw new Error('the frame is another')
  const { cpuMs, wallMs, phases, isolate } = settled
  const usage: Usage = {
    cpuMs,
    wallMs,
    phases: hasLedger ? { queueMs: 0.02, ...phases, returnMs: 0.05 } : {},
    ...(isolate === undefined ? {} : { isolate }),
  }
  if (hasLedger && !writeServerTiming(usage, 0.4).includes('call;')) throw new Error('the call is in no phase')
  const facts = { ...FACTS, usage }
  JSON.stringify(describeRequest(facts))
  metrics.request(facts)
}

/** What an executor says of the phases of a warm call: nothing without a ledger. */
function tell(hasLedger: boolean): object {
  if (!hasLedger) return { phases: {} }
  const ledger = new PhaseLedger({ first: 'executorMs', isDetailed: false })
  ledger.beginCall()
  ledger.close()
  return ledger.facts(null)
}
