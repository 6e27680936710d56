// Many clients that wait for one job at the same time, each on a connection of its own: all are answered, at what memory.
import { setTimeout } from 'node:timers/promises'
import { hold } from '../flash/hold.ts'
import type { PartResult } from '../macro/run-parts.ts'
import { WrongAnswer } from '../support/execute-program.ts'
import { HttpConnection } from '../support/http-connection.ts'
import { readTreeMemory } from '../support/process-memory.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { PAUSED } from './accept-part.ts'
import { acceptCalls, pause, purge } from './job-calls.ts'
import type { JobsPlan } from './part.ts'

const NAME = 'polls'
const SETTLE_MS = 1_500
const BATCH = 100

export async function runPollsPart(plan: JobsPlan): Promise<PartResult> {
  const settings = { ...PAUSED, CONNECTIONS_MAX: String(plan.polls + 100) }
  await using service = await ServiceProcess.start(settings, 1)
  await pause(service.url)
  const id = await acceptOne(service.url)
  await setTimeout(SETTLE_MS)
  const before = residentMb(service)
  const connections: HttpConnection[] = []
  try {
    while (connections.length < plan.polls) {
      const batch = Array.from({ length: Math.min(BATCH, plan.polls - connections.length) }, async () =>
        HttpConnection.open(service.url),
      )
      connections.push(...(await Promise.all(batch)))
    }
    const waiting = connections.map(async (connection) => connection.get(`/status-sync/${id}?wait=300000`))
    await setTimeout(SETTLE_MS)
    const during = residentMb(service)
    const endedAt = performance.now()
    await purge(service.url)
    const answers = await Promise.all(waiting)
    const answeredMs = performance.now() - endedAt
    const right = answers.filter(({ status, body }) => status === 200 && body.includes('"status":"CANCELLED"')).length
    const row = [String(plan.polls), String(right), before, during, during - before, answeredMs].map((value) =>
      typeof value === 'number' ? value.toFixed(1) : value,
    )
    const share = right / plan.polls
    return {
      name: NAME,
      table: [['polls', 'answered', 'front MB before', 'MB while they wait', 'MB more', 'all answered in ms'], row],
      verdicts: [hold(NAME, `${plan.polls} waiting clients: share that is answered`, [share], { least: 1 })],
      figures: { before, during, answeredMs, right },
    }
  } finally {
    for (const connection of connections) connection[Symbol.dispose]()
  }
}

async function acceptOne(url: string): Promise<string> {
  let accepted = ''
  const call = acceptCalls((id) => (accepted = id))()
  using connection = await HttpConnection.open(url)
  call.check(await connection.post(call.path, call.body))
  if (accepted === '') throw new WrongAnswer('/run: no id')
  return accepted
}

function residentMb(service: ServiceProcess): number {
  const [front] = readTreeMemory(service.pid)
  return (front?.residentBytes ?? Number.NaN) / 1024 / 1024
}
