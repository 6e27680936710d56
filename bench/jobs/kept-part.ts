// Asking for a job where many finished ones are kept, against a service that keeps a few.
import { hold } from '../flash/hold.ts'
import type { PartResult } from '../macro/run-parts.ts'
import { runClosedLoop } from '../support/load.ts'
import { measureService } from '../support/measure-service.ts'
import type { ServiceRound } from '../support/measure-service.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { short } from '../support/text-table.ts'
import { PAUSED } from './accept-part.ts'
import { acceptCalls, pause, purge, statusCalls } from './job-calls.ts'
import type { JobsPlan } from './part.ts'

const NAME = 'kept'
const FEW = 50
const LIMIT_MS = 10 * 60_000

/** With so many finished jobs; cancelled ones are as finished as others, and quicker made. */
async function fill(service: ServiceProcess, jobs: number): Promise<readonly string[]> {
  const ids: string[] = []
  const next = acceptCalls((id) => void ids.push(id))
  await pause(service.url)
  await runClosedLoop({ url: service.url, next, clients: 8, durationMs: LIMIT_MS, requests: jobs })
  await purge(service.url)
  return ids
}

export async function runKeptPart(plan: JobsPlan): Promise<PartResult> {
  await using full = await ServiceProcess.start(PAUSED, 1)
  await using empty = await ServiceProcess.start(PAUSED, 1)
  const many = statusCalls(await fill(full, plan.keptJobs), '"status":"CANCELLED"')
  const few = statusCalls(await fill(empty, FEW), '"status":"CANCELLED"')
  const measure = async (service: ServiceProcess, next: typeof many, durationMs: number): Promise<ServiceRound> =>
    measureService(service, async () => runClosedLoop({ url: service.url, next, clients: 1, durationMs }))
  await measure(full, many, plan.warmUpMs)
  await measure(empty, few, plan.warmUpMs)
  const pairs = []
  for (let index = 0; index < plan.pairs; index++) {
    const first = index % 2 === 0 ? await measure(empty, few, plan.oneMs) : null
    const asked = await measure(full, many, plan.oneMs)
    pairs.push({ asked, empty: first ?? (await measure(empty, few, plan.oneMs)) })
  }
  const rows = pairs.map(({ asked, empty: bare }, index) => [
    String(index + 1),
    short(bare.latencyMs.p50),
    short(bare.latencyMs.p99),
    short(asked.latencyMs.p50),
    short(asked.latencyMs.p99),
    short(asked.othersCores),
  ])
  const ratios = pairs.map(({ asked, empty: bare }) => asked.latencyMs.p50 / bare.latencyMs.p50)
  return {
    name: NAME,
    table: [['kept, ms', `${FEW} jobs p50`, 'p99', `${plan.keptJobs} jobs p50`, 'p99', 'others, cores'], ...rows],
    verdicts: [
      hold(NAME, `p50 of /status among ${plan.keptJobs} finished jobs, of that among ${FEW}`, ratios, { most: 1.5 }),
    ],
    figures: pairs,
  }
}
