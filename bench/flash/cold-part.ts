// First calls: of a deployment that is new, and of one whose executor was scaled away, against a bare isolate.
import { join } from 'node:path'
import type { PartResult } from '../macro/run-parts.ts'
import { HttpConnection } from '../support/http-connection.ts'
import { RoundProcess } from '../support/round-process.ts'
import type { RoundOrder } from '../support/round-process.ts'
import { spreadOf } from '../support/statistics.ts'
import type { Spread } from '../support/statistics.ts'
import { short } from '../support/text-table.ts'
import type { Row } from '../support/text-table.ts'
import { makeQueueArtifact } from './artifact.ts'
import { hold } from './hold.ts'
import type { FlashPlan } from './part.ts'
import { queueCall, timeCall } from './queue-call.ts'
import { makeLargeProgram, makeSmallProgram } from './queue-program.ts'
import type { QueueProgram } from './queue-program.ts'
import { awaitExecutors, deploy, FREE_EXECUTORS, remove, startAdminService } from './service.ts'

const NAME = 'first call'
/** About what lies between two first calls of the service; a processor that was idle runs everything more slowly. */
const PAUSE_MS = 250
const BACK_TO_BACK_MS = 1_000
const MOST = 3

interface Samples {
  readonly deployMs: readonly number[]
  /** At once after the answer to the deployment. */
  readonly deployedMs: readonly number[]
  readonly scaledAwayMs: readonly number[]
  /** The same by position, which needs no names of parameters. */
  readonly byPositionMs: readonly number[]
  /** The call that follows that one. */
  readonly warmMs: readonly number[]
}

interface Pair {
  readonly floor: Spread
  readonly backToBack: Spread
  readonly service: Readonly<Record<keyof Samples, Spread>>
  readonly samples: Samples
}

export async function runColdPart({ pairs: count, coldPrograms }: FlashPlan, memoryMb: number): Promise<PartResult> {
  // One deployment keeps an executor, so that the next one takes it away: what happens after 60 idle seconds otherwise.
  await using service = await startAdminService({ MODULE_EXECUTORS_MAX: '1' })
  const entryPath = join(import.meta.dirname, 'cold-floor.ts')
  await using floor = new RoundProcess({ entryPath, nodeFlags: ['--no-node-snapshot'], memoryMb })
  const arrivalsMs = Array.from({ length: coldPrograms }, (_, index) => (index + 1) * PAUSE_MS)
  let index = 0
  const run = async (): Promise<Samples> => {
    const samples: { [Name in keyof Samples]: number[] } = {
      deployMs: [],
      deployedMs: [],
      scaledAwayMs: [],
      byPositionMs: [],
      warmMs: [],
    }
    for (let done = 0; done < coldPrograms; done++) {
      const one = await measureProgram(service.url, ++index)
      for (const name of SAMPLE_NAMES) samples[name].push(one[name])
    }
    return samples
  }
  // The first of everything is not like the others.
  await run()
  await roundOf(floor, { type: 'closed', durationMs: BACK_TO_BACK_MS })
  const pairs: Pair[] = []
  for (let at = 0; at < count; at++) {
    const first = at % 2 === 0 ? await roundOf(floor, { type: 'open', arrivalsMs }) : null
    const samples = await run()
    const paused = first ?? (await roundOf(floor, { type: 'open', arrivalsMs }))
    const backToBack = await roundOf(floor, { type: 'closed', durationMs: BACK_TO_BACK_MS })
    pairs.push({ floor: paused, backToBack, service: spreadsOf(samples), samples })
  }
  return { name: NAME, table: tableOf(pairs), verdicts: judge(pairs), figures: { pairs } }
}

/** Deploys a program, calls it, lets its executor be taken away, calls it again, and removes it. */
async function measureProgram(url: string, index: number): Promise<Record<keyof Samples, number>> {
  const program = makeLargeProgram(index)
  const endpoint = `cold-${index}`
  using connection = await HttpConnection.open(url)
  await awaitExecutors(url, FREE_EXECUTORS)
  const startedAt = performance.now()
  await deploy(url, endpoint, makeQueueArtifact(program.code))
  const deployMs = performance.now() - startedAt
  const call = queueCall(endpoint, program, 'kwargs')
  const deployedMs = await timeCall(connection, call)
  await scaleAway(url, makeSmallProgram(2 * index))
  const scaledAwayMs = await timeCall(connection, call)
  const warmMs = await timeCall(connection, call)
  await scaleAway(url, makeSmallProgram(2 * index + 1))
  const byPositionMs = await timeCall(connection, queueCall(endpoint, program, 'args'))
  await remove(url, endpoint)
  return { deployMs, deployedMs, scaledAwayMs, byPositionMs, warmMs }
}

/** Another deployment takes the one executor that there is for deployments, and is removed with it. */
async function scaleAway(url: string, program: QueueProgram): Promise<void> {
  await deploy(url, 'other', makeQueueArtifact(program.code))
  await remove(url, 'other')
  await awaitExecutors(url, FREE_EXECUTORS)
}

async function roundOf(floor: RoundProcess, order: RoundOrder): Promise<Spread> {
  return spreadOf((await floor.run(order)).latenciesMs)
}

const SAMPLE_NAMES = ['deployMs', 'deployedMs', 'scaledAwayMs', 'byPositionMs', 'warmMs'] as const

function spreadsOf(samples: Samples): Pair['service'] {
  const { deployMs, deployedMs, scaledAwayMs, byPositionMs, warmMs } = samples
  return {
    deployMs: spreadOf(deployMs),
    deployedMs: spreadOf(deployedMs),
    scaledAwayMs: spreadOf(scaledAwayMs),
    byPositionMs: spreadOf(byPositionMs),
    warmMs: spreadOf(warmMs),
  }
}

function judge(pairs: readonly Pair[]): PartResult['verdicts'] {
  const over = (name: keyof Samples, floorOf: (pair: Pair) => Spread): readonly number[] =>
    pairs.map((pair) => pair.service[name].p50 / floorOf(pair).p50)
  const atPauses = ({ floor }: Pair): Spread => floor
  const backToBack = (pair: Pair): Spread => pair.backToBack
  return [
    hold(NAME, 'after deploy: p50, of a bare isolate', over('deployedMs', atPauses), { most: MOST }),
    hold(NAME, 'scaled away: p50, of a bare isolate', over('scaledAwayMs', atPauses), { most: MOST }),
    hold(NAME, 'scaled away, by position: p50, of a bare isolate', over('byPositionMs', atPauses), null),
    hold(NAME, 'after deploy: p50, of bare isolates back to back', over('deployedMs', backToBack), null),
    hold(NAME, 'scaled away: p50, of bare isolates back to back', over('scaledAwayMs', backToBack), null),
  ]
}

function tableOf(pairs: readonly Pair[]): readonly Row[] {
  const head = ['first call, ms', 'floor p50', 'back to back', 'deploy', 'after deploy', 'p90', 'scaled away', 'p90']
  return [
    [...head, 'by position', 'then warm'],
    ...pairs.map(({ floor, backToBack, service }, index) => [
      String(index + 1),
      short(floor.p50),
      short(backToBack.p50),
      short(service.deployMs.p50),
      short(service.deployedMs.p50),
      short(service.deployedMs.p90),
      short(service.scaledAwayMs.p50),
      short(service.scaledAwayMs.p90),
      short(service.byPositionMs.p50),
      short(service.warmMs.p50),
    ]),
  ]
}
