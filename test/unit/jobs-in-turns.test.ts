// Work on many things leaves the event loop to others between its turns.
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { inTurns } from '../../src/jobs/in-turns.ts'

const ITEMS = Array.from({ length: 1_000 }, (_, index) => index)
const always = (): boolean => true

test('others have their turns while many items are worked on', async () => {
  const done: number[] = []
  const doneAtTurns: number[] = []
  const working = inTurns(ITEMS, always, async (item) => void done.push(item))
  while (done.length < ITEMS.length) {
    doneAtTurns.push(done.length)
    await turn()
  }
  expect(await working).toBe(1_000)
  expect(done).toEqual(ITEMS)
  expect(doneAtTurns.length).toBeGreaterThanOrEqual(4)
  expect(Math.max(...doneAtTurns.map((count, index) => count - (doneAtTurns[index - 1] ?? 0)))).toBeLessThanOrEqual(256)
})

test('what others have settled meanwhile is left alone and not counted', async () => {
  const settled = new Set<number>()
  const done: number[] = []
  const working = inTurns(
    ITEMS,
    (item) => !settled.has(item),
    async (item) => void done.push(item),
  )
  settled.add(999)
  expect(await working).toBe(999)
  expect(done).not.toContain(999)
})

test('it rejects with the first failure and begins nothing after it', async () => {
  let begun = 0
  const working = inTurns(ITEMS, always, async (item) => {
    begun++
    if (item === 3) throw new Error('no disk')
  })
  await expect(working).rejects.toThrow('no disk')
  expect(begun).toBe(256)
})
