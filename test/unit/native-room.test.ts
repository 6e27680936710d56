// How much native work may be in progress, whatever its guests ask for.
import { describe, expect, it } from 'vitest'
import { NativeRoom } from '../../src/executor/native/native-room.ts'

describe('the room for native work', () => {
  it('has text of four operations in one isolate, and of as many of the largest in the process', async () => {
    const large = 'a'.repeat(12_000_000)
    const rooms = Array.from({ length: 3 }, () => new NativeRoom({ operations: 4, characters: large.length }))
    const [first, second, third] = rooms as [NativeRoom, NativeRoom, NativeRoom]
    expect([1, 2, 3, 4, 5].map(() => first.take('a'))).toEqual([true, true, true, true, false])
    expect([1, 2, 3].map(() => second.take(large))).toEqual([true, true, true])
    expect([third.take(large), third.take(`${large}a`), third.take('a')]).toEqual([false, false, true])
    let isEmpty = false
    const empty = first.whenEmpty().then(() => (isEmpty = true))
    for (let count = 0; count < 3; count++) first.leave('a')
    await Promise.resolve()
    expect(isEmpty).toBe(false)
    first.leave('a')
    await empty
    for (let count = 0; count < 3; count++) second.leave(large)
    expect(third.take(large)).toBe(true)
    third.leave(large)
    third.leave('a')
  })
})
