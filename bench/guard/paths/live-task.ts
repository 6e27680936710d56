// A Live task: code that the executor has not seen, in an isolate of its own, which is then made anew.
import { makeProgram } from '../../support/program.ts'
import { ExecutorHarness, LIMITS } from '../executor-harness.ts'
import type { PreparedPath } from '../guarded-path.ts'
import { bareProgram } from '../yardsticks/bare-isolate.ts'

export async function prepareLiveTask(): Promise<PreparedPath> {
  const executor = await ExecutorHarness.start()
  let tasks = 0
  const call = async (): Promise<void> => {
    // As many digits for all, so that all are of one size.
    const { code, name, args, expected } = makeProgram(100_000 + ++tasks)
    const answer = await executor.ask(
      { type: 'run', taskId: `task-${tasks}`, fileName: 'function.js', name, format: 'json', limits: LIMITS },
      [code, JSON.stringify({ args, kwargs: {} })],
    )
    if (answer !== expected) throw new Error(`the task answered ${answer}`)
    // What the executor does after its answer belongs to the task: its isolate is disposed of, and another is made.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  return { call, yardstick: bareProgram, callsPerBatch: 3, yardsticksPerBatch: 5 }
}
