// One process's ratio of a path to its yardstick: many short batches of both in turns, in processor time.
import { percentile } from '../support/statistics.ts'
import type { Call, PreparedPath } from './guarded-path.ts'

/** In which V8 compiles what is called often. */
const WARM_UP_ROUNDS = 50
const ROUNDS = 60
/** Whoever else wants the processors makes some batches dearer, and none cheaper. */
const QUICK_SHARE = 0.25

/** @param slowness how many calls are made in place of each: above 1 only to see the guard fail. */
export async function measureRatio(path: PreparedPath, slowness: number): Promise<number> {
  const { callsPerBatch, yardsticksPerBatch, forget } = path
  const callCosts: number[] = []
  const yardstickCosts: number[] = []
  const calls = async (): Promise<void> => {
    callCosts.push((await costOf(path.call, Math.round(callsPerBatch * slowness))) / callsPerBatch)
    forget?.()
  }
  const yardsticks = async (): Promise<void> => {
    yardstickCosts.push((await costOf(path.yardstick, yardsticksPerBatch)) / yardsticksPerBatch)
  }
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    // Who goes first alternates.
    const [first, second] = round % 2 === 0 ? [calls, yardsticks] : [yardsticks, calls]
    await first()
    await second()
  }
  const quick = (costs: readonly number[]): number => percentile(costs.slice(WARM_UP_ROUNDS), QUICK_SHARE)
  return quick(callCosts) / quick(yardstickCosts)
}

/** Microseconds of all threads: what a path gives to others to do is counted, waiting for a processor is not. */
async function costOf(call: Call, times: number): Promise<number> {
  const before = process.cpuUsage()
  for (let time = 0; time < times; time++) {
    const running = call()
    if (running !== undefined) await running
  }
  const { user, system } = process.cpuUsage(before)
  // Not the user's time alone: the kernel tells the two apart by a clock of milliseconds, and knows their sum exactly.
  return user + system
}
