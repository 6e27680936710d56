// Work of which each piece takes milliseconds and megabytes: however many ask for it at once, one is under way.

/** What it gives runs the pieces in the order of their calls, each in a turn of the event loop of its own. A failure is that of its caller alone. */
export function oneAfterAnother(): <Value>(run: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve()
  return async function next(run) {
    const before = last
    const { promise, resolve } = Promise.withResolvers<void>()
    last = promise
    await before
    try {
      return await run()
    } finally {
      setImmediate(resolve)
    }
  }
}
