// One part of the speed bench: rounds of the service that alternate with rounds of what it is compared with.
import type { LoadResult } from '../support/load.ts'
import { measureService, medianPhases } from '../support/measure-service.ts'
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
  readonly load: (url: string) => Promise<LoadResult>
  readonly floor: () => Promise<ContestantRound>
  /** Further comparisons of the part; they follow each pair. */
  readonly instead?: { readonly [name: string]: () => Promise<ContestantRound> }
}

export interface Pair {
  readonly floor: ContestantRound
  readonly service: ServiceRound
  readonly instead: Readonly<Record<string, ContestantRound>>
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
  const { name, settings, pairs: count, floor } = options
  await using service = await ServiceProcess.start(settings, options.executors)
  await options.warmUp(service.url)
  await floor()
  const logged = service.readLog().length
  const pairs: Pair[] = []
  for (let index = 0; index < count; index++) {
    // The one that goes first changes, so that a machine that gets slower or quicker favours neither.
    const first = index % 2 === 0 ? await floor() : null
    const round = await measureService(service, async () => options.load(service.url))
    const instead: Record<string, ContestantRound> = {}
    for (const [other, run] of Object.entries(options.instead ?? {})) instead[other] = await run()
    pairs.push({ floor: first ?? (await floor()), service: round, instead })
  }
  return { name, settings, pairs, phasesMs: medianPhases(service.readLog().slice(logged)) }
}
