// `node:timers` and `node:timers/promises` in a bundle, over the timers of the sandbox.

type Callback = (...given: readonly unknown[]) => void
interface Cancellable {
  readonly signal?: AbortSignal
}

function setImmediateHere(callback: Callback, ...given: readonly unknown[]): unknown {
  return setTimeout(callback, 0, ...given)
}

function clearImmediateHere(id: number): void {
  clearTimeout(id)
}

async function wait<Value>(delayMs: number, value: Value, { signal }: Cancellable = {}): Promise<Value> {
  signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Value>()
  const timer = setTimeout(() => resolve(value), delayMs)
  const cancel = (): void => {
    clearTimeout(timer)
    reject(signal?.reason)
  }
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    return await promise
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}

async function* repeat<Value>(delayMs: number, value: Value, options: Cancellable = {}): AsyncGenerator<Value, void> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what it is for
    yield await wait(delayMs, value, options)
  }
}

const promises = {
  setTimeout: wait,
  setImmediate: async <Value>(value: Value, options?: Cancellable): Promise<Value> => wait(0, value, options),
  setInterval: repeat,
  scheduler: {
    wait: async (delayMs: number, options?: Cancellable): Promise<void> => wait(delayMs, undefined, options),
    yield: async (): Promise<void> => wait(0, undefined),
  },
}

export const shim = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: setImmediateHere,
  clearImmediate: clearImmediateHere,
  promises,
}
