// `node:timers` and `node:timers/promises` in a bundle, over the timers of the sandbox.
import { abortError } from './abort-error.ts'

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
  if (signal?.aborted === true) throw abortError(signal)
  const { promise, resolve, reject } = Promise.withResolvers<Value>()
  const timer = setTimeout(() => resolve(value), delayMs)
  const cancel = (): void => {
    clearTimeout(timer)
    if (signal !== undefined) reject(abortError(signal))
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

// What `promisify` makes of it.
Object.defineProperty(setImmediateHere, Symbol.for('nodejs.util.promisify.custom'), { value: promises.setImmediate })

export const shim = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: setImmediateHere,
  clearImmediate: clearImmediateHere,
  promises,
}
