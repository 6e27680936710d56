// Which bodies come in too many pieces for their bytes and their time.
import { expect, test } from 'vitest'
import { PieceCount } from '../../src/egress/small-pieces.ts'

/** How many of them pass; at most 100 000. */
function passing(bytes: number, everyMs: number): number {
  let nowMs = 5_000
  const count = new PieceCount(() => nowMs)
  let passed = 0
  while (passed < 100_000 && count.add(bytes)) {
    passed++
    nowMs += everyMs
  }
  return passed
}

test('pieces of a byte that come at once are too many after 8 192 and what their bytes are worth', () => {
  expect(passing(1, 0)).toBe(8_738)
})

test('pieces of 16 bytes are never too many', () => {
  expect(passing(16, 0)).toBe(100_000)
})

test('pieces of a byte that come one in a millisecond are never too many, and ten in one are', () => {
  expect(passing(1, 1)).toBe(100_000)
  expect(passing(1, 0.1)).toBeLessThan(10_000)
})
