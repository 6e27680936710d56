// Work on many things of which each is quick and all together are not: some in each turn of the event loop.
import { setImmediate } from 'node:timers/promises'

/** Three milliseconds of cancelling jobs. */
const PER_TURN = 256

/**
 * Does `act` for each item of which `isDue` still holds when it is its turn, since others act on them between the turns; how
 * many those were. Waits for what was begun before it begins more. Rejects with the first failure, and begins nothing after it.
 */
export async function inTurns<Item>(
  items: readonly Item[],
  isDue: (item: Item) => boolean,
  act: (item: Item) => Promise<void>,
): Promise<number> {
  let count = 0
  for (let start = 0; start < items.length; start += PER_TURN) {
    // oxlint-disable-next-line no-await-in-loop -- one turn after the other is the point
    if (start > 0) await setImmediate()
    const due = items.slice(start, start + PER_TURN).filter(isDue)
    count += due.length
    // oxlint-disable-next-line no-await-in-loop -- see above
    await Promise.all(due.map(act))
  }
  return count
}
