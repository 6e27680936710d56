// When it is seen that what an executor says is JSON: of short texts at once, of long ones in turns with everything else.
import { describe, expect, test } from 'vitest'
import type { ValueFormat } from '../../src/core/invocation.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import type { TaskEvent } from '../../src/core/task.ts'
import { STEP_CHARACTERS } from '../../src/pool/check-json.ts'
import { ChunkIntake } from '../../src/pool/chunk-intake.ts'
import { JsonTurns } from '../../src/pool/json-turns.ts'
import { settleChecked } from '../../src/pool/settle-checked.ts'
import { returned } from '../support/fake-executor.ts'
import { liveTask } from '../support/live-task.ts'

const LIMITS = { wallMs: 1, cpuMs: 1, memoryMb: 1, inputBytes: 1, outputBytes: 1e8, logBytes: 1 }
const FORGED = 'frame: a result that is not JSON'

/** A list of ones that takes so many steps. */
const ones = (steps: number): string => `[${'1,'.repeat((steps * STEP_CHARACTERS) / 2 - 1)}1]`

/** A task whose chunks and whose outcome are told by hand. */
function start(turns: JsonTurns, format: ValueFormat = 'json') {
  const task = liveTask(LIMITS, { input: { format, text: '' }, mayStream: true })
  /** What came of it, in its order. */
  const told: (TaskEvent | Outcome)[] = []
  const forged: string[] = []
  const onForged = (reason: string): void => void forged.push(reason)
  const chunks = new ChunkIntake({
    task,
    turns,
    onForged,
    onTaken: () => undefined,
    onEvent: async (event) => void told.push(event),
  })
  const { promise: settled, resolve } = Promise.withResolvers<Outcome>()
  const end = (outcome: Outcome): void => {
    const settle = (given: Outcome): void => {
      told.push(given)
      resolve(given)
    }
    settleChecked(outcome, { task, chunks, queueMs: 3, settle }, turns, onForged)
  }
  return { chunks, told, forged, settled, end }
}

describe('a result', () => {
  test.for([
    ['that is short', 'json', '[1]'],
    ['that is a pickle', 'cloudpickle', 'A'.repeat(2 * STEP_CHARACTERS)],
  ] as const)('%s is settled before anything else happens', ([, format, value]) => {
    const { end, told } = start(new JsonTurns(), format)
    end(returned(value))
    expect(told).toEqual([returned(value)])
  })

  test('that is long is looked at while everything else has its turn', async () => {
    const { end, settled, forged } = start(new JsonTurns())
    const value = ones(20)
    end(returned(value))
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

  test('that is less long does not wait for the end of one that came before it', async () => {
    const turns = new JsonTurns()
    const ended: string[] = []
    const [long, short] = [start(turns), start(turns)]
    long.end(returned(ones(12)))
    short.end(returned(ones(2)))
    await Promise.all([long.settled.then(() => ended.push('long')), short.settled.then(() => ended.push('short'))])
    expect(ended).toEqual(['short', 'long'])
  })

  test('that is long and no JSON at its end is lost, and its executor is to be ended', async () => {
    const { end, settled, forged } = start(new JsonTurns())
    end(returned(`${ones(3)}]`))
    expect(await settled).toMatchObject({
      ok: false,
      failure: { code: 'EXECUTOR_LOST' },
      usage: { phases: { queueMs: 3 } },
    })
    expect(forged).toEqual([FORGED])
  })
})

describe('chunks', () => {
  const chunk = (value: string): TaskEvent => ({ type: 'chunk', value })
  const END = { ...returned(''), chunks: 3 } as Outcome

  test('keep their order when one takes long to look at, and the end comes behind them', async () => {
    const { chunks, end, settled, told } = start(new JsonTurns())
    chunks.take('1')
    expect(told).toEqual([chunk('1')])
    chunks.take(ones(3))
    chunks.take('2')
    end(END)
    expect(told).toEqual([chunk('1')])
    await settled
    expect(told).toEqual([chunk('1'), chunk(ones(3)), chunk('2'), END])
  })

  test('of which one is long and no JSON lose the task, and none behind it is handed on', async () => {
    const { chunks, end, settled, told, forged } = start(new JsonTurns())
    chunks.take(`${ones(2)}]`)
    chunks.take('2')
    end(END)
    expect(await settled).toMatchObject({ ok: false, failure: { code: 'EXECUTOR_LOST' } })
    expect(told).toHaveLength(1)
    expect(forged).toEqual([FORGED])
  })

  test('that are still looked at when their process has gone are not handed on', async () => {
    const turns = new JsonTurns()
    const gone = start(turns)
    const other = start(turns)
    gone.chunks.take(ones(2))
    gone.chunks.close()
    other.end(returned(ones(4)))
    await other.settled
    expect(gone.told).toEqual([])
  })
})
