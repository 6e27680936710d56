// Pieces of work that are asked for at once.
import { expect, test } from 'vitest'
import { oneAfterAnother } from '../../src/http/one-after-another.ts'

test('one piece is under way, in the order of the calls, and others have their turn between two of them', async () => {
  const inTurn = oneAfterAnother()
  const seen: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = inTurn(async () => {
    seen.push('first')
    await gate.promise
    setImmediate(() => seen.push('other'))
    return 1
  })
  const second = inTurn(async () => seen.push('second'))
  gate.resolve()
  expect(await first).toBe(1)
  await second
  expect(seen).toEqual(['first', 'other', 'second'])
})

test('a piece that fails fails for its caller, and the next one runs', async () => {
  const inTurn = oneAfterAnother()
  const failing = inTurn(() => Promise.reject(new Error('no')))
  const next = inTurn(async () => 2)
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe(2)
})
