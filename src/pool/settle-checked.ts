// A task is settled when it is known that all that its executor said of it is what it claims to be.
import { notRun } from '../core/outcome.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Assignment } from './assignment.ts'
import { isLongJson, NOT_JSON } from './check-value.ts'
import type { ChunkIntake } from './chunk-intake.ts'
import type { JsonTurns } from './json-turns.ts'
import { lostFailure } from './lost-failure.ts'

export interface Settled extends Pick<Assignment, 'task' | 'queueMs' | 'settle'> {
  readonly chunks: Pick<ChunkIntake, 'whenHandedOn'>
}

/**
 * Settles before it returns, unless a chunk is still looked at, or the result is long.
 * @param onForged when the result is not JSON: the executor broke the contract.
 */
export function settleChecked(
  outcome: Outcome,
  { task, chunks, queueMs, settle }: Settled,
  turns: JsonTurns,
  onForged: (reason: string) => void,
): void {
  const lose = (): void => settle(notRun(lostFailure(NOT_JSON), { queueMs }))
  chunks.whenHandedOn((areForged) => {
    if (areForged) lose()
    else if (!outcome.ok || !isLongJson(outcome.value, task.invocation.input.format)) settle(outcome)
    else {
      turns.look(outcome.value, (isJson) => {
        if (isJson) settle(outcome)
        else {
          onForged(NOT_JSON)
          lose()
        }
      })
    }
  })
}
