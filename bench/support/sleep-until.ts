// Waits for a moment more exactly than a timer of Node.js does, which is late by up to a millisecond.
import { setImmediate, setTimeout } from 'node:timers/promises'

/** A timer may be this much late. */
const TIMER_MS = 2
/** The kernel wakes a thread up to this much late; the rest is spent awake. */
const WAKE_MS = 0.1

const cell = new Int32Array(new SharedArrayBuffer(4))

/** Resolves at `at` of `performance.now()`. While `isQuiet` nothing can arrive, so that the thread may block. */
export async function sleepUntil(at: number, isQuiet: () => boolean): Promise<void> {
  const early = at - performance.now() - TIMER_MS
  if (early > 1) await setTimeout(early)
  for (;;) {
    const leftMs = at - performance.now()
    if (leftMs <= 0) return
    if (!isQuiet()) {
      // oxlint-disable-next-line no-await-in-loop -- answers are read meanwhile
      await setImmediate()
    } else if (leftMs > WAKE_MS) Atomics.wait(cell, 0, 0, leftMs - WAKE_MS)
  }
}
