// What the service is compared with, each in a process of its own.
import { join } from 'node:path'
import { RoundProcess } from '../support/round-process.ts'
import type { RoundReport } from '../support/round-process.ts'
import { percentile, sum } from '../support/statistics.ts'

export interface ContestantRound {
  readonly requests: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** From the time that requests took, without what the bench does between them. */
  readonly perSecond: number
}

const folder = join(import.meta.dirname, '..', 'floor')

export class Contestants implements AsyncDisposable {
  readonly #floor: RoundProcess
  readonly #worker: RoundProcess
  readonly #child: RoundProcess

  constructor(memoryMb: number) {
    const start = (file: string, ...nodeFlags: readonly string[]): RoundProcess =>
      new RoundProcess({ entryPath: join(folder, file), nodeFlags, memoryMb })
    this.#floor = start('isolate.ts', '--no-node-snapshot')
    this.#worker = start('worker.ts')
    this.#child = start('child.ts')
  }

  async floor(durationMs: number): Promise<ContestantRound> {
    return runRound(this.#floor, durationMs)
  }

  async worker(durationMs: number): Promise<ContestantRound> {
    return runRound(this.#worker, durationMs)
  }

  async child(durationMs: number): Promise<ContestantRound> {
    return runRound(this.#child, durationMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#floor, this.#worker, this.#child].map(async (each) => each[Symbol.asyncDispose]()))
  }
}

const MAX_OPERATIONS = 1_000_000

async function runRound(contestant: RoundProcess, durationMs: number): Promise<ContestantRound> {
  const { latenciesMs }: RoundReport = await contestant.run({ operations: MAX_OPERATIONS, durationMs })
  return {
    requests: latenciesMs.length,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    perSecond: (latenciesMs.length / sum(latenciesMs)) * 1_000,
  }
}
