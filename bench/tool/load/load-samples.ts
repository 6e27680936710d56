// What a load collects: latencies of right answers, and what went wrong with the others.
import type { Step } from './exchange.ts'
import type { LoadConnection } from './load-connection.ts'
import { parseServerTiming } from './server-timing.ts'

export interface LoadReport {
  /** Of right answers, from the moment at which each was due to be sent. */
  readonly latenciesMs: readonly number[]
  /** The same from the moment at which it was sent. */
  readonly fromSendMs: readonly number[]
  readonly failed: number
  /** The first different ones of what went wrong. */
  readonly problems: readonly string[]
  /** From the start to the last answer. */
  readonly elapsedMs: number
  /** Medians of what the target says of itself in `Server-Timing`. */
  readonly phasesMs: Readonly<Record<string, number>>
  /** Processor time of the load itself. */
  readonly clientCpuMs: number
}

const PROBLEMS_MAX = 5
/** What is no part of the time beside the others, but the whole, or another clock. */
const SUMS: ReadonlySet<string> = new Set(['total', 'cpu'])
/** A request that takes longer has failed. */
const ANSWER_MS = 20_000

export class LoadSamples {
  readonly latenciesMs: number[] = []
  readonly fromSendMs: number[] = []
  readonly phases = new Map<string, number[]>()
  readonly #problems = new Set<string>()
  #failed = 0

  get failed(): number {
    return this.#failed
  }

  get problems(): readonly string[] {
    return [...this.#problems]
  }

  /** Sends a step and takes down how it went; never rejects. `dueAt` is of `performance.now()`, null for now. */
  async run(connection: LoadConnection, step: Step, dueAt: number | null): Promise<void> {
    try {
      for (const exchange of step.before) {
        const problem = exchange.judge(await connection.send(exchange, ANSWER_MS))
        if (problem !== null) throw new Error(problem)
      }
      const sentAt = performance.now()
      const answer = await connection.send(step.timed, ANSWER_MS)
      const endAt = step.until === 'end' ? answer.endAt : answer.firstBodyAt
      const problem = step.timed.judge(answer)
      if (problem === null) {
        this.latenciesMs.push(endAt - (dueAt ?? sentAt))
        this.fromSendMs.push(endAt - sentAt)
        for (const [name, ms] of parseServerTiming(answer.serverTiming)) this.#addPhase(name, ms)
      } else this.fail(problem)
      for (const exchange of step.after) await connection.send(exchange, ANSWER_MS)
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error))
    }
  }

  fail(problem: string): void {
    this.#failed++
    if (this.#problems.size < PROBLEMS_MAX) this.#problems.add(problem)
  }

  #addPhase(name: string, ms: number): void {
    if (SUMS.has(name)) return
    const list = this.phases.get(name)
    if (list === undefined) this.phases.set(name, [ms])
    else list.push(ms)
  }
}
