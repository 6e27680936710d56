// Many deployments of which few are called: processes and memory before, with all of them registered, and after the calls.
import { setTimeout } from 'node:timers/promises'
import type { PartResult } from '../macro/run-parts.ts'
import { HttpConnection } from '../support/http-connection.ts'
import { readTreeMemory } from '../support/process-memory.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import { spreadOf, sum } from '../support/statistics.ts'
import { short } from '../support/text-table.ts'
import type { Row } from '../support/text-table.ts'
import { makeQueueArtifact } from './artifact.ts'
import { hold } from './hold.ts'
import type { FlashPlan } from './part.ts'
import { queueCall, timeCall } from './queue-call.ts'
import { makeSmallProgram } from './queue-program.ts'
import {
  awaitExecutors,
  countDeployments,
  countExecutors,
  deploy,
  FREE_EXECUTORS,
  remove,
  startAdminService,
} from './service.ts'

const NAME = 'many'
const SETTLE_MS = 3_000
/** Uploads at once. */
const UPLOADS = 2

interface Moment {
  readonly name: string
  readonly executors: number
  readonly processes: number
  readonly frontBytes: number
  readonly residentBytes: number
  readonly proportionalBytes: number
}

export async function runManyPart({ registered, called }: FlashPlan): Promise<PartResult> {
  await using service = await startAdminService({})
  const { url } = service
  // What is made once, such as the first upload's code, is not what a deployment takes.
  await deploy(url, 'first', artifactOf(0))
  await remove(url, 'first')
  await awaitExecutors(url, FREE_EXECUTORS)
  await setTimeout(SETTLE_MS)
  const before = await readMoment('before', service)

  const deployMs = await registerAll(url, registered)
  const held = await countDeployments(url)
  if (held !== registered) throw new Error(`${held} deployments are listed, ${registered} were registered`)
  const afterUpload = await readMoment('registered', service)
  // Trying each of them took executors, which end when they have had nothing to do.
  await awaitExecutors(url, FREE_EXECUTORS)
  await setTimeout(SETTLE_MS)
  const idle = await readMoment('registered, idle', service)

  const coldMs = await callSome(url, registered, called)
  const afterCalls = await readMoment('called', service)
  const moments = [before, afterUpload, idle, afterCalls]
  const bytesPerDeployment = (idle.frontBytes - before.frontBytes) / registered
  const most = Math.max(...moments.map(({ executors }) => executors))
  return {
    name: NAME,
    table: tableOf(moments, [
      ['deployments registered', String(registered)],
      ['deployments called', String(called)],
      ['upload p50, p99, ms', `${short(spreadOf(deployMs).p50)}  ${short(spreadOf(deployMs).p99)}`],
      ['first call p50, p99, ms', `${short(spreadOf(coldMs).p50)}  ${short(spreadOf(coldMs).p99)}`],
      ['RSS of the front per registered deployment, KB', short(bytesPerDeployment / 1_024)],
    ]),
    verdicts: [
      hold(NAME, 'executors with all registered and idle, of those before', [idle.executors / before.executors], {
        most: 1,
      }),
    ],
    figures: { moments, most, bytesPerDeployment, deployMs, coldMs },
  }
}

const endpointOf = (index: number): string => `many-${index}`
const artifactOf = (index: number): ReturnType<typeof makeQueueArtifact> =>
  makeQueueArtifact(makeSmallProgram(index).code)

async function registerAll(url: string, count: number): Promise<readonly number[]> {
  const tookMs: number[] = []
  let next = 1
  await Promise.all(
    Array.from({ length: UPLOADS }, async () => {
      while (next <= count) {
        const index = next++
        const startedAt = performance.now()
        await deploy(url, endpointOf(index), artifactOf(index))
        tookMs.push(performance.now() - startedAt)
      }
    }),
  )
  return tookMs
}

/** Spread over all of them. */
async function callSome(url: string, registered: number, called: number): Promise<readonly number[]> {
  using connection = await HttpConnection.open(url)
  const tookMs: number[] = []
  for (let at = 0; at < called; at++) {
    const index = 1 + Math.floor((at * registered) / called)
    tookMs.push(await timeCall(connection, queueCall(endpointOf(index), makeSmallProgram(index), 'kwargs')))
  }
  return tookMs
}

async function readMoment(name: string, { url, pid }: ServiceProcess): Promise<Moment> {
  const { ready, initializing } = await countExecutors(url)
  const memory = readTreeMemory(pid)
  return {
    name,
    executors: ready + initializing,
    processes: memory.length,
    frontBytes: memory.find((one) => one.pid === pid)?.residentBytes ?? Number.NaN,
    residentBytes: sum(memory.map(({ residentBytes }) => residentBytes)),
    proportionalBytes: sum(memory.map(({ proportionalBytes }) => proportionalBytes)),
  }
}

function tableOf(moments: readonly Moment[], facts: readonly Row[]): readonly Row[] {
  const megabytes = (bytes: number): string => (bytes / 1_024 / 1_024).toFixed(1)
  return [
    ['many, MB', 'executors', 'processes', 'RSS of the front', 'RSS', 'PSS'],
    ...moments.map((one) => [
      one.name,
      String(one.executors),
      String(one.processes),
      megabytes(one.frontBytes),
      megabytes(one.residentBytes),
      megabytes(one.proportionalBytes),
    ]),
    ...facts,
  ]
}
