// The parts of the speed bench: which load, under which settings, next to which comparisons.
import { drawArrivals } from '../support/arrivals.ts'
import { programCall } from '../support/execute-program.ts'
import { runClosedLoop, runOpenLoop } from '../support/load.ts'
import type { Call, LoadResult } from '../support/load.ts'
import { ProgramCounter } from '../support/program.ts'
import { BACK_TO_BACK, CHILD, ONE_CLIENT, POISSON, THROUGHPUT, WORKER } from './bars.ts'
import type { Contestants } from './contestants.ts'
import { POISSON_CONNECTIONS, POISSON_PER_SECOND, THROUGHPUT_CLIENTS, WARM_UP_CLIENTS } from './plan.ts'
import type { Plan } from './plan.ts'
import type { PartOptions } from './run-part.ts'

export const PART_KEYS = ['one', 'poisson', 'eight'] as const
export type PartKey = (typeof PART_KEYS)[number]

export function createParts(plan: Plan, contestants: Contestants): Readonly<Record<PartKey, PartOptions>> {
  const { pairs, warmUpMs, floorMs, oneClientMs, insteadMs, poissonRequests, throughputMs } = plan
  const programs = new ProgramCounter(1)
  const next = (): Call => programCall(programs.next())
  const closedLoop = async (url: string, clients: number, durationMs: number): Promise<LoadResult> =>
    runClosedLoop({ url, next, clients, durationMs })
  const arrivalsOf = (index: number): readonly number[] =>
    drawArrivals({ seed: index, perSecond: POISSON_PER_SECOND, count: poissonRequests })
  const common = { pairs, warmUp: async (url: string) => closedLoop(url, WARM_UP_CLIENTS, warmUpMs) }
  return {
    one: {
      ...common,
      name: ONE_CLIENT,
      settings: {},
      executors: 2,
      load: async (url) => closedLoop(url, 1, oneClientMs),
      floor: async () => contestants.floor(floorMs),
      others: {
        [WORKER]: async () => contestants.worker(insteadMs),
        [CHILD]: async () => contestants.child(insteadMs),
      },
    },
    poisson: {
      ...common,
      name: POISSON,
      settings: {},
      executors: 2,
      load: async (url, index) =>
        runOpenLoop({ url, next, arrivalsMs: arrivalsOf(index), connections: POISSON_CONNECTIONS }),
      floor: async (index) => contestants.floorAt(arrivalsOf(index)),
      others: { [BACK_TO_BACK]: async () => contestants.floor(floorMs) },
    },
    eight: {
      ...common,
      name: THROUGHPUT,
      settings: { EXECUTORS_MIN: '2', EXECUTORS_MAX: '2' },
      executors: 3,
      load: async (url) => closedLoop(url, THROUGHPUT_CLIENTS, throughputMs),
      floor: async () => contestants.floor(throughputMs),
      others: {},
    },
  }
}
