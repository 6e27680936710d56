// Telling an executor whose thread is kept by a call from one that waits, answers or is gone.
import { describe, expect, test } from 'vitest'
import { ThreadWatch } from '../../src/pool/thread-watch.ts'

/** Looks every 25 ms from the time at which it was last heard; `cpuMs` is what the process has used by then. */
function looksAt(watch: ThreadWatch, cpuMs: readonly (number | null)[]): readonly string[] {
  return cpuMs.map((used, index) => {
    const look = watch.look(25 * (index + 1), () => used)
    return look.kind === 'kept' ? `kept ${look.usedMs}` : look.kind
  })
}

describe('the watch over the thread of an executor', () => {
  test('asks one that computes in silence, and counts its time when it does not answer', () => {
    const watch = new ThreadWatch()
    watch.heard(0)
    expect(looksAt(watch, [100, 100, 120, 140, 160, 190])).toEqual(['fine', 'fine', 'fine', 'ask', 'fine', 'kept 90'])
  })

  test('asks nothing of one that waits', () => {
    const watch = new ThreadWatch()
    watch.heard(0)
    expect(looksAt(watch, [100, 100, 100, 110, 110, 110])).toEqual(Array.from({ length: 6 }, () => 'fine'))
  })

  test('begins anew when it is heard', () => {
    const watch = new ThreadWatch()
    watch.heard(0)
    looksAt(watch, [100, 100, 140])
    watch.heard(80)
    expect(watch.look(100, () => 180).kind).toBe('fine')
    expect(watch.look(130, () => 200).kind).toBe('fine')
    expect(watch.look(155, () => 240).kind).toBe('ask')
  })

  test('finds nothing to do for a process that is gone', () => {
    const watch = new ThreadWatch()
    expect(looksAt(watch, [null, null, null, null])).toEqual(Array.from({ length: 4 }, () => 'fine'))
  })

  test('knows from one heartbeat to the next whether it is still at work', () => {
    const watch = new ThreadWatch()
    watch.heard(0)
    looksAt(watch, [0, 0, 0])
    expect(watch.computesOn()).toBe(false)
    watch.look(100, () => 60)
    expect(watch.computesOn()).toBe(true)
    watch.look(200, () => 60)
    // One without processor time may have waited for its turn.
    expect(watch.computesOn()).toBe(true)
    expect(watch.computesOn()).toBe(false)
    watch.heard(300)
    expect(watch.computesOn()).toBe(false)
  })
})
