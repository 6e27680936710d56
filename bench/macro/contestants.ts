// What the service is compared with, each in a process of its own.
import { join } from 'node:path'
import { RoundProcess } from '../support/round-process.ts'
import type { RoundOrder } from '../support/round-process.ts'
import { spreadOf, sum } from '../support/statistics.ts'
import type { Spread } from '../support/statistics.ts'

export interface ContestantRound {
  readonly requests: number
  readonly latencyMs: Spread
  /** From the time that requests took, without what the bench does between them. */
  readonly perSecond: number
  /** Processor time for each request, without that of child processes. */
  readonly cpuMs: number
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

  /** One after the other for so long. */
  async floor(durationMs: number): Promise<ContestantRound> {
    return runRound(this.#floor, { type: 'closed', durationMs })
  }

  /** At given arrivals; latency counts from them. */
  async floorAt(arrivalsMs: readonly number[]): Promise<ContestantRound> {
    return runRound(this.#floor, { type: 'open', arrivalsMs })
  }

  async worker(durationMs: number): Promise<ContestantRound> {
    return runRound(this.#worker, { type: 'closed', durationMs })
  }

  async child(durationMs: number): Promise<ContestantRound> {
    return runRound(this.#child, { type: 'closed', durationMs })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#floor, this.#worker, this.#child].map(async (each) => each[Symbol.asyncDispose]()))
  }
}

async function runRound(contestant: RoundProcess, order: RoundOrder): Promise<ContestantRound> {
  const { latenciesMs, cpuMs } = await contestant.run(order)
  const requests = latenciesMs.length
  return {
    requests,
    latencyMs: spreadOf(latenciesMs),
    perSecond: (requests / sum(latenciesMs)) * 1_000,
    cpuMs: cpuMs / requests,
  }
}
