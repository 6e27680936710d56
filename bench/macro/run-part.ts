// One part of the speed bench: rounds of the service that alternate with rounds of what it is compared with.
import type { LoadResult } from '../support/load.ts'
import { MEASURED_PHASES, medianFields } from '../support/logged-times.ts'
import { measureService } from '../support/measure-service.ts'
import type { ServiceRound } from '../support/measure-service.ts'
import { ServiceProcess } from '../support/service-process.ts'
import type { ServiceSettings } from '../support/service-process.ts'
import type { ContestantRound } from './contestants.ts'

export interface PartOptions {
  readonly name: string
  readonly settings: ServiceSettings
  /** How many executors are ready before anything is measured, the spare one included. */
  readonly executors: number
  readonly pairs: number
  readonly warmUp: (url: string) => Promise<unknown>
  /** `index` counts the pairs. */
  readonly load: (url: string, index: number) => Promise<LoadResult>
  readonly floor: (index: number) => Promise<ContestantRound>
  /** Further comparisons of the part; they follow each pair. */
  readonly others: { readonly [name: string]: () => Promise<ContestantRound> }
}

export interface Pair {
  readonly floor: ContestantRound
  readonly service: ServiceRound
  readonly others: Readonly<Record<string, ContestantRound>>
}

export interface Part {
  readonly name: string
  readonly settings: ServiceSettings
  readonly pairs: readonly Pair[]
  /** Medians over all requests of the part, as the service logged them. */
  readonly phasesMs: Readonly<Record<string, number>>
}

/** Rejects on the first wrong answer. */
export async function runPart(options: PartOptions): Promise<Part> {
  const { name, settings, pairs: count, floor, load } = options
  await using service = await ServiceProcess.start(settings, options.executors)
  await options.warmUp(service.url)
  await floor(0)
  const logged = service.readLog().length
  const pairs: Pair[] = []
  for (let index = 0; index < count; index++) {
    // The one that goes first changes, so that a machine that gets slower or quicker favours neither.
    const first = index % 2 === 0 ? await floor(index) : null
    const round = await measureService(service, async () => load(service.url, index))
    const second = first ?? (await floor(index))
    const others: Record<string, ContestantRound> = {}
    for (const [other, run] of Object.entries(options.others)) others[other] = await run()
    pairs.push({ floor: second, service: round, others })
  }
  const lines = service.readLog().slice(logged)
  const requests = lines.filter((line) => line['route'] === '/execute')
  return { name, settings, pairs, phasesMs: medianFields(requests, ['durationMs', ...MEASURED_PHASES, 'cpuMs']) }
}
