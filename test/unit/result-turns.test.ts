// When it is seen that a result is JSON: a short one at once, long ones in turns with everything else.
import { expect, test } from 'vitest'
import type { Outcome } from '../../src/core/outcome.ts'
import { STEP_CHARACTERS } from '../../src/pool/check-json.ts'
import { ResultTurns } from '../../src/pool/result-turns.ts'
import { returned } from '../support/fake-executor.ts'

/** A list of ones that takes so many steps. */
const ones = (steps: number): string => `[${'1,'.repeat((steps * STEP_CHARACTERS) / 2 - 1)}1]`

/** Settles when a result has; `forged` has the reasons for which its executor was to be ended. */
function start(turns: ResultTurns, value: string) {
  const forged: string[] = []
  const settled = new Promise<Outcome>((settle) => {
    turns.settle(returned(value), 'json', { queueMs: 3, settle }, (reason) => forged.push(reason))
  })
  return { settled, forged }
}

test('a short result is settled before anything else happens', () => {
  const outcomes: Outcome[] = []
  const settle = (outcome: Outcome): void => void outcomes.push(outcome)
  new ResultTurns().settle(returned('[1]'), 'json', { queueMs: 0, settle }, () => undefined)
  new ResultTurns().settle(
    returned('A'.repeat(10 * STEP_CHARACTERS)),
    'cloudpickle',
    { queueMs: 0, settle },
    () => undefined,
  )
  expect(outcomes).toMatchObject([{ value: '[1]' }, { ok: true }])
})

test('between the steps of a long result everything else has its turn', async () => {
  const value = ones(20)
  const { settled, forged } = start(new ResultTurns(), value)
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const outcome = await settled
  isOver = true
  expect(outcome).toEqual(returned(value))
  expect(forged).toEqual([])
  expect(turns).toBeGreaterThanOrEqual(19)
})

test('a result that is less long does not wait for the end of one that came before it', async () => {
  const turns = new ResultTurns()
  const ended: string[] = []
  const long = start(turns, ones(12)).settled.then(() => ended.push('long'))
  const short = start(turns, ones(2)).settled.then(() => ended.push('short'))
  await Promise.all([long, short])
  expect(ended).toEqual(['short', 'long'])
})

test('a long result that is no JSON at its end is lost, and its executor is to be ended', async () => {
  const { settled, forged } = start(new ResultTurns(), `${ones(3)}]`)
  const outcome = await settled
  expect(forged).toEqual(['frame: a result that is not JSON'])
  expect(outcome).toMatchObject({ ok: false, failure: { code: 'EXECUTOR_LOST' }, usage: { phases: { queueMs: 3 } } })
})
