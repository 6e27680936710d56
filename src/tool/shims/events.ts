// What `node:events` has beside what its library has: waiting with a signal, iterating over events, and hearing of errors first.
import { abortError } from './abort-error.ts'

type Listener = (...given: readonly unknown[]) => void

interface Emitter {
  readonly emit: (type: PropertyKey, ...given: readonly unknown[]) => boolean
  readonly on: (type: PropertyKey, listener: Listener) => unknown
  readonly once: (type: PropertyKey, listener: Listener) => unknown
  readonly off: (type: PropertyKey, listener: Listener) => unknown
  readonly listeners: (type: PropertyKey) => readonly Listener[]
  readonly listenerCount: (type: PropertyKey) => number
  readonly setMaxListeners: (count: number) => unknown
}

interface Options {
  readonly signal?: AbortSignal
  /** Of `on`: events that end it. */
  readonly close?: readonly PropertyKey[]
}

type Library = (new () => Emitter) & { readonly prototype: { emit: Emitter['emit'] }; defaultMaxListeners: number }

const ERROR_MONITOR = Symbol.for('events.errorMonitor')
const CAPTURE_REJECTION = Symbol.for('nodejs.rejection')

const isTarget = (emitter: Emitter | EventTarget): emitter is EventTarget =>
  typeof (emitter as EventTarget).addEventListener === 'function'

function listen(emitter: Emitter | EventTarget, type: PropertyKey, listener: Listener): () => void {
  if (isTarget(emitter)) {
    emitter.addEventListener(String(type), listener)
    return () => emitter.removeEventListener(String(type), listener)
  }
  emitter.on(type, listener)
  return () => void emitter.off(type, listener)
}

async function once(emitter: Emitter | EventTarget, type: PropertyKey, { signal }: Options = {}): Promise<unknown[]> {
  if (signal?.aborted === true) throw abortError(signal)
  const { promise, resolve, reject } = Promise.withResolvers<unknown[]>()
  const stops: (() => void)[] = []
  const end = (settle: () => void): void => {
    for (const stop of stops) stop()
    settle()
  }
  stops.push(listen(emitter, type, (...given) => end(() => resolve([...given]))))
  if (type !== 'error' && !isTarget(emitter)) stops.push(listen(emitter, 'error', (error) => end(() => reject(error))))
  if (signal !== undefined) stops.push(listen(signal, 'abort', () => end(() => reject(abortError(signal)))))
  return promise
}

async function* iterate(
  emitter: Emitter | EventTarget,
  type: PropertyKey,
  options: Options,
): AsyncGenerator<unknown[]> {
  const { signal, close = [] } = options
  if (signal?.aborted === true) throw abortError(signal)
  const heard: unknown[][] = []
  let end: { readonly error: unknown } | 'closed' | null = null
  let wake = (): void => undefined
  const ends = (how: NonNullable<typeof end>): void => {
    end ??= how
    wake()
  }
  const stops = [
    listen(emitter, type, (...given) => {
      heard.push([...given])
      wake()
    }),
    ...close.map((one) => listen(emitter, one, () => ends('closed'))),
  ]
  if (type !== 'error' && !isTarget(emitter)) stops.push(listen(emitter, 'error', (error) => ends({ error })))
  if (signal !== undefined) stops.push(listen(signal, 'abort', () => ends({ error: abortError(signal) })))
  try {
    for (;;) {
      const next = heard.shift()
      if (next !== undefined) yield next
      else if (end === null) {
        // oxlint-disable-next-line no-await-in-loop -- until something is heard
        await new Promise<void>((resolve) => (wake = resolve))
      } else if (end === 'closed') return
      else throw (end as { readonly error: unknown }).error
    }
  } finally {
    for (const stop of stops) stop()
  }
}

/** Hears from the call on, not only from the first step on. */
function on(emitter: Emitter | EventTarget, type: PropertyKey, options: Options = {}): AsyncGenerator<unknown[]> {
  const events = iterate(emitter, type, options)
  const first = events.next()
  let isFirst = true
  // Nobody may ask for it.
  first.catch(() => undefined)
  return {
    next: async (...given: []) => {
      if (!isFirst) return events.next(...given)
      isFirst = false
      return first
    },
    return: async (value: unknown) => events.return(value),
    throw: async (error: unknown) => events.throw(error),
    async [Symbol.asyncDispose]() {
      await events.return(undefined)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

function addAbortListener(signal: AbortSignal, listener: (event: Event) => void): Disposable {
  if (signal.aborted) queueMicrotask(() => listener(new Event('abort')))
  else signal.addEventListener('abort', listener, { once: true })
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) }
}

export function shim(library: Library): object {
  const { prototype } = library
  const { emit } = prototype
  prototype.emit = function emitHere(this: Emitter, type, ...given) {
    if (type === 'error') {
      if (this.listenerCount(ERROR_MONITOR) > 0) Reflect.apply(emit, this, [ERROR_MONITOR, ...given])
      const [error] = given
      if (this.listenerCount('error') === 0 && !(error instanceof Error)) {
        const shown = typeof error === 'string' ? `'${error}'` : String(error)
        const unhandled = new Error(`Unhandled error. (${shown})`)
        throw Object.assign(unhandled, { context: error, code: 'ERR_UNHANDLED_ERROR' })
      }
    }
    return Reflect.apply(emit, this, [type, ...given])
  }
  const getEventListeners = (emitter: Emitter, type: PropertyKey): readonly Listener[] => [...emitter.listeners(type)]
  const setMaxListeners = (count: number, ...emitters: readonly Partial<Emitter>[]): void => {
    if (emitters.length === 0) library.defaultMaxListeners = count
    for (const emitter of emitters) emitter.setMaxListeners?.(count)
  }
  const names = { once, on, addAbortListener, getEventListeners, setMaxListeners }
  return Object.assign(library, names, { errorMonitor: ERROR_MONITOR, captureRejectionSymbol: CAPTURE_REJECTION })
}
