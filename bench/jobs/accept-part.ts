// Taking jobs in while nothing of them runs, against a plain Hono echo that stores nothing.
import { hold } from '../flash/hold.ts'
import { PeerProcess } from '../flash/peer-process.ts'
import type { PartResult } from '../macro/run-parts.ts'
import { runClosedLoop } from '../support/load.ts'
import { measureService } from '../support/measure-service.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { median } from '../support/statistics.ts'
import { short } from '../support/text-table.ts'
import { acceptCalls, echoCalls, pause, purge } from './job-calls.ts'
import type { JobsPlan } from './part.ts'

const NAME = 'accept'
const CLIENTS = 8
/** One executor, which `pause` keeps; and a queue that no round fills. */
export const PAUSED = { EXECUTORS_MAX: '1', JOBS_WAITING: '1000000', JOBS_MAX: '2000000' }

export async function runAcceptPart(plan: JobsPlan): Promise<PartResult> {
  await using peer = await PeerProcess.start()
  await using service = await ServiceProcess.start(PAUSED, 1)
  await pause(service.url)
  const next = acceptCalls()
  const echo = echoCalls()
  await runClosedLoop({ url: service.url, next, clients: CLIENTS, durationMs: plan.warmUpMs })
  await runClosedLoop({ url: peer.url, next: echo, clients: CLIENTS, durationMs: plan.warmUpMs })
  await purge(service.url)
  const load = { clients: CLIENTS, durationMs: plan.eightMs }
  const pairs = []
  for (let index = 0; index < plan.pairs; index++) {
    const measurePeer = async () => peer.measure(async (url) => runClosedLoop({ ...load, url, next: echo }))
    const first = index % 2 === 0 ? await measurePeer() : null
    const accepted = await measureService(service, async () => runClosedLoop({ ...load, url: service.url, next }))
    pairs.push({ accepted, peer: first ?? (await measurePeer()) })
    await purge(service.url)
  }
  const rows = pairs.map(({ accepted, peer: echoed }, index) => [
    String(index + 1),
    short(echoed.perSecond),
    short(accepted.perSecond),
    short(accepted.latencyMs.p50),
    short(accepted.latencyMs.p99),
    short(accepted.cpuMs.front),
    short(accepted.othersCores),
  ])
  const ratios = pairs.map(({ accepted, peer: echoed }) => accepted.perSecond / echoed.perSecond)
  return {
    name: NAME,
    table: [['accept, ms', 'Hono/s', 'jobs/s', 'p50', 'p99', 'CPU: front', 'others, cores'], ...rows],
    verdicts: [hold(NAME, `${CLIENTS} clients: rate of /run, of that of a Hono echo`, ratios, { least: 0.3 })],
    figures: { pairs, jobsPerSecond: median(pairs.map(({ accepted }) => accepted.perSecond)) },
  }
}
