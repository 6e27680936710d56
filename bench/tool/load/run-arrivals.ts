// Arrivals that wait for nobody: latency counts from when a request was due, so that a target that stalls is charged for it.
import { sleepUntil } from '../../support/sleep-until.ts'
import { ConnectionPool } from './connection-pool.ts'
import type { NextStep } from './exchange.ts'
import type { LoadSamples } from './load-samples.ts'

export interface ArrivalOptions {
  readonly url: string
  readonly arrivalsMs: readonly number[]
  readonly createClient: (client: number) => NextStep
}

/** Requests that may be on their way at once; a further one waits, and its waiting counts. */
const CONNECTIONS = 128

/** Resolves with the milliseconds from the start to the last answer. */
export async function runArrivals(options: ArrivalOptions, samples: LoadSamples): Promise<number> {
  using pool = await ConnectionPool.open(options.url, CONNECTIONS)
  const next = options.createClient(0)
  const idle = Array.from({ length: CONNECTIONS }, (_, index) => index)
  const waiting: ((index: number) => void)[] = []
  const send = async (dueAt: number): Promise<void> => {
    const index = idle.pop() ?? (await new Promise<number>((resolve) => waiting.push(resolve)))
    await samples.run(await pool.at(index), next(), dueAt)
    const first = waiting.shift()
    if (first === undefined) idle.push(index)
    else first(index)
  }
  const startedAt = performance.now()
  const sent: Promise<void>[] = []
  for (const arrivalMs of options.arrivalsMs) {
    // While nothing is on its way the thread may sleep without looking for answers.
    await sleepUntil(startedAt + arrivalMs, () => idle.length === CONNECTIONS)
    sent.push(send(startedAt + arrivalMs))
  }
  await Promise.all(sent)
  return performance.now() - startedAt
}
