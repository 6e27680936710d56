// The memory that brotli may take outside of all isolates of a process, and who gets it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Place, SMALLEST_PLACE_BYTES } from '../../src/executor/brotli/places.ts'
import { readWindow } from '../../src/executor/brotli/read-window.ts'

const MIB = 1024 * 1024
/** Of which there is room for three, and for one small one beside these. */
const LARGE = 11 * MIB

describe('places of brotli streams', () => {
  const taken: Place[] = []
  const lost: Place[] = []
  const take = (bytes = SMALLEST_PLACE_BYTES): Place => {
    const place: Place = new Place(bytes, () => lost.push(place))
    taken.push(place)
    return place
  }
  const held = (): readonly boolean[] => taken.map(({ isHeld }) => isHeld)
  const rested = (place: Place): void => {
    place.use()
    place.rest()
  }
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    for (const place of taken.splice(0)) place.leave()
    lost.length = 0
    vi.useRealTimers()
  })

  it('are eight of the usual windows, and two of the largest', () => {
    const usual = Array.from({ length: 9 }, () => take(4 * MIB))
    expect(usual.map(({ isHeld }) => isHeld)).toEqual([...Array<boolean>(8).fill(true), false])
    for (const place of taken.splice(0)) place.leave()
    const large = Array.from({ length: 3 }, () => take(17 * MIB))
    expect(large.map(({ isHeld }) => isHeld)).toEqual([true, true, false])
  })

  it('go to those that wait in the order in which they came, however small they are', async () => {
    const large = [take(LARGE), take(LARGE), take(LARGE)]
    for (const place of large) place.use()
    const waits = take(LARGE)
    const small = take()
    expect(held()).toEqual([true, true, true, false, false])
    large[0]?.leave()
    await waits.granted
    expect([waits.isHeld, small.isHeld]).toEqual([true, true])
    expect(lost).toEqual([])
  })

  it('are lost by whoever was left alone longest, after a second, and only to one that waits', () => {
    const large = [take(LARGE), take(LARGE), take(LARGE)] as const
    large[0].use()
    rested(large[2])
    vi.advanceTimersByTime(100)
    rested(large[1])
    vi.advanceTimersByTime(60_000)
    rested(large[2])
    expect(lost).toEqual([])
    const waits = take(LARGE)
    expect(lost).toEqual([large[1]])
    expect(waits.isHeld).toBe(true)
    waits.use()
    const next = take(LARGE)
    vi.advanceTimersByTime(990)
    expect(next.isHeld).toBe(false)
    vi.advanceTimersByTime(20)
    expect(lost).toEqual([large[1], large[2]])
    expect(next.isHeld).toBe(true)
  })

  it('are not lost while somebody goes on, however long that takes', () => {
    for (let count = 0; count < 3; count++) take(LARGE).use()
    const waits = take(LARGE)
    vi.advanceTimersByTime(60_000)
    expect([lost.length, waits.isHeld]).toEqual([0, false])
    taken[1]?.rest()
    vi.advanceTimersByTime(3_000)
    expect(lost).toEqual([taken[1]])
    expect(waits.isHeld).toBe(true)
  })

  it('are not given to one that has stopped waiting, which is told so', async () => {
    for (let count = 0; count < 3; count++) take(LARGE).use()
    const waits = take(LARGE)
    waits.leave()
    await waits.granted
    taken[0]?.leave()
    expect(waits.isHeld).toBe(false)
    waits.leave()
    expect([take(LARGE).isHeld, take(LARGE).isHeld]).toEqual([true, false])
  })
})

describe('the window of a brotli stream', () => {
  it.each([
    // As in RFC 7932, 9.1.
    [0b0, 16],
    [0b0000001, 17],
    [0b0011, 18],
    [0b1011, 22],
    [0b1111, 24],
    [0b0100001, 10],
    [0b1110001, 15],
    // Of a large window, which is no brotli of the standard.
    [0b0010001, 24],
  ])('that begins with %i has %i bits', (first, bits) => {
    expect(readWindow(first)).toBe(2 ** bits)
  })

  it('is the largest when there is no byte', () => {
    expect(readWindow(undefined)).toBe(2 ** 24)
  })
})
