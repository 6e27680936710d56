// Which of the bodies that have arrived is parsed next, and when.
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { BodyTurns } from '../../src/http/body-turns.ts'

const LARGE = 1_000_000

/** Takes turns for bodies of these sizes at the same time, and tells in which order they had them. */
async function orderOf(turns: BodyTurns, sizes: readonly number[]): Promise<readonly number[]> {
  const order: number[] = []
  await Promise.all(
    sizes.map(async (bytes) => {
      await turns.take(bytes)
      order.push(bytes)
    }),
  )
  return order
}

test('a small body waits for nobody', () => {
  const turns = new BodyTurns()
  expect(turns.take(LARGE)).toBeNull()
  expect(turns.take(LARGE)).toBeInstanceOf(Promise)
  expect(turns.take(4_096)).toBeNull()
})

test('bodies that come one after the other all have their turn', async () => {
  const turns = new BodyTurns()
  // oxlint-disable-next-line no-await-in-loop -- one after the other is what is tested
  for (let round = 0; round < 5; round += 1) await turns.take(LARGE)
  expect(turns.take(4_096)).toBeNull()
})

test('of those that wait the smallest is next', async () => {
  const sizes = [LARGE, LARGE + 2, LARGE + 1, 200_000, 150_000]
  expect(await orderOf(new BodyTurns(), sizes)).toEqual([LARGE, 150_000, 200_000, LARGE + 1, LARGE + 2])
})

test('the oldest has its turn as well, however many smaller ones come', async () => {
  const sizes = [LARGE, LARGE + 1, ...Array.from({ length: 20 }, (_, index) => 200_000 + index)]
  const order = await orderOf(new BodyTurns(), sizes)
  expect(order.indexOf(LARGE + 1)).toBeLessThanOrEqual(8)
})

test('between two large bodies the event loop has its turn', async () => {
  const turns = new BodyTurns()
  const parsed: number[] = []
  const all = Promise.all(
    Array.from({ length: 5 }, async (_, index) => {
      await turns.take(LARGE)
      parsed.push(index)
    }),
  )
  let most = 0
  for (let before = 0; parsed.length < 5; before = parsed.length) {
    // oxlint-disable-next-line no-await-in-loop -- turn by turn
    await turn()
    most = Math.max(most, parsed.length - before)
  }
  await all
  expect(most).toBe(1)
})
