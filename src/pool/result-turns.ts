// Long results are looked at in steps, one step of one result in each turn of the event loop, so that others are answered between.
import type { ValueFormat } from '../core/invocation.ts'
import { notRun } from '../core/outcome.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Assignment } from './assignment.ts'
import { JsonWalk, STEP_CHARACTERS } from './check-json.ts'
import { isLongJson, NOT_JSON } from './check-value.ts'
import { lostFailure } from './lost-failure.ts'

type Settled = Pick<Assignment, 'queueMs' | 'settle'>

interface Looking {
  readonly walk: JsonWalk
  readonly onKnown: (isJson: boolean) => void
}

export class ResultTurns {
  /** In the order of their turns. */
  readonly #looking: Looking[] = []

  /**
   * Settles a task when it is known that its result is what it claims to be: before this returns, unless the result is long.
   * @param onForged when it is not: the executor broke the contract.
   */
  settle(
    outcome: Outcome,
    format: ValueFormat,
    { queueMs, settle }: Settled,
    onForged: (reason: string) => void,
  ): void {
    if (!outcome.ok || !isLongJson(outcome.value, format)) {
      settle(outcome)
      return
    }
    this.#look(outcome.value, (isJson) => {
      if (isJson) {
        settle(outcome)
        return
      }
      onForged(NOT_JSON)
      settle(notRun(lostFailure(NOT_JSON), { queueMs }))
    })
  }

  #look(text: string, onKnown: Looking['onKnown']): void {
    if (this.#looking.push({ walk: new JsonWalk(text, STEP_CHARACTERS), onKnown }) === 1) this.#plan()
  }

  #plan(): void {
    setImmediate(() => {
      const next = this.#looking.shift()
      if (next === undefined) return
      const isJson = next.walk.step()
      if (isJson === null) this.#looking.push(next)
      if (this.#looking.length > 0) this.#plan()
      if (isJson !== null) next.onKnown(isJson)
    })
  }
}
