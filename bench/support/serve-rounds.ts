// The other end of a RoundProcess: reads orders, runs programs one after the other, checks and reports.
import { createInterface } from 'node:readline'
import { checkAnswer } from './execute-program.ts'
import { ProgramCounter } from './program.ts'
import type { Program } from './program.ts'
import type { RoundOrder, RoundReply, RoundReport } from './round-process.ts'
import { sleepUntil } from './sleep-until.ts'

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
  const runOne = async (program: Program, dueAt: number | null): Promise<void> => {
    const startedAt = dueAt ?? performance.now()
    const answering = run(program)
    const { result, cleanUp } = answering instanceof Promise ? await answering : answering
    latenciesMs.push(performance.now() - startedAt)
    checkAnswer(program, JSON.stringify(result))
    if (cleanUp !== undefined) await cleanUp()
  }
  const startedAt = performance.now()
  if (order.type === 'closed') {
    // oxlint-disable-next-line no-await-in-loop -- one request at a time
    while (performance.now() < startedAt + order.durationMs) await runOne(programs.next(), null)
  } else {
    for (const arrivalMs of order.arrivalsMs) {
      const program = programs.next()
      // oxlint-disable-next-line no-await-in-loop -- until the next arrival
      await sleepUntil(startedAt + arrivalMs, () => true)
      // oxlint-disable-next-line no-await-in-loop -- one request at a time
      await runOne(program, startedAt + arrivalMs)
    }
  }
  const { user, system } = process.cpuUsage(cpu)
  return { latenciesMs, cpuMs: (user + system) / 1_000 }
}
