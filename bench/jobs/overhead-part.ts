// What a job costs beside its code: /runsync against /execute of the same service, round by round.
import { hold } from '../flash/hold.ts'
import type { PartResult } from '../macro/run-parts.ts'
import type { Call } from '../support/load.ts'
import { runClosedLoop } from '../support/load.ts'
import { measureService } from '../support/measure-service.ts'
import type { ServiceRound } from '../support/measure-service.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { short } from '../support/text-table.ts'
import { executeCalls, runsyncCalls } from './job-calls.ts'
import type { JobsPlan } from './part.ts'

const NAME = 'overhead'
const EXECUTORS = 2

export async function runOverheadPart(plan: JobsPlan): Promise<PartResult> {
  await using service = await ServiceProcess.start({}, EXECUTORS)
  const runsync = runsyncCalls()
  const execute = executeCalls()
  const load = { url: service.url, clients: 1, durationMs: plan.oneMs }
  for (const next of [runsync, execute]) await runClosedLoop({ ...load, next, durationMs: plan.warmUpMs })
  const measure = async (next: () => Call): Promise<ServiceRound> =>
    measureService(service, async () => runClosedLoop({ ...load, next }))
  const pairs = []
  for (let index = 0; index < plan.pairs; index++) {
    const first = index % 2 === 0 ? await measure(execute) : null
    const job = await measure(runsync)
    pairs.push({ job, execute: first ?? (await measure(execute)) })
  }
  const rows = pairs.map(({ job, execute: plain }, index) => [
    String(index + 1),
    short(plain.latencyMs.p50),
    short(plain.latencyMs.p99),
    short(job.latencyMs.p50),
    short(job.latencyMs.p99),
    short(plain.cpuMs.front),
    short(job.cpuMs.front),
    short(job.othersCores),
  ])
  const head = ['overhead, ms', '/execute p50', 'p99', '/runsync p50', 'p99', 'CPU: front', 'with job', 'others, cores']
  const ratios = pairs.map(({ job, execute: plain }) => job.latencyMs.p50 / plain.latencyMs.p50)
  return {
    name: NAME,
    table: [head, ...rows],
    verdicts: [hold(NAME, 'one client: p50 of /runsync, of that of /execute', ratios, { most: 1.3 })],
    figures: pairs,
  }
}
