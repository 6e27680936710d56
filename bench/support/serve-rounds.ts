// The other end of a RoundProcess: reads orders, runs programs one after the other, checks and reports.
import { createInterface } from 'node:readline'
import { checkAnswer } from './execute-program.ts'
import { ProgramCounter } from './program.ts'
import type { Program } from './program.ts'
import type { RoundOrder, RoundReply, RoundReport } from './round-process.ts'

/** One request answered: its result as a value, and what is left to do, which is not timed. */
export interface Answered {
  readonly result: unknown
  readonly cleanUp?: () => Promise<void>
}

/** A promise only where it is needed, so that waiting for one is not timed where nothing waits. */
export type RunProgram = (program: Program) => Answered | Promise<Answered>

const CONTESTANT_FIRST = 1_000_000_000

export async function serveRounds(run: RunProgram): Promise<void> {
  const programs = new ProgramCounter(CONTESTANT_FIRST)
  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await runRound(JSON.parse(line) as RoundOrder, programs, run).then(
      (report): RoundReply => ({ report }),
      (error: unknown): RoundReply => ({ error: String(error) }),
    )
    process.stdout.write(`${JSON.stringify(reply)}\n`)
  }
}

async function runRound(order: RoundOrder, programs: ProgramCounter, run: RunProgram): Promise<RoundReport> {
  const latenciesMs: number[] = []
  const cpu = process.cpuUsage()
  const endsAt = performance.now() + order.durationMs
  while (latenciesMs.length < order.operations && performance.now() < endsAt) {
    const program = programs.next()
    const startedAt = performance.now()
    const answering = run(program)
    // oxlint-disable-next-line no-await-in-loop -- one request at a time
    const { result, cleanUp } = answering instanceof Promise ? await answering : answering
    latenciesMs.push(performance.now() - startedAt)
    checkAnswer(program, JSON.stringify(result))
    // oxlint-disable-next-line no-await-in-loop -- before the next request
    if (cleanUp !== undefined) await cleanUp()
  }
  const { user, system } = process.cpuUsage(cpu)
  return { latenciesMs, cpuMs: (user + system) / 1_000 }
}
