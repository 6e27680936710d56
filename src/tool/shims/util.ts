// `node:util` in a bundle: a library, another one for showing values, and what neither has.
import { setTimeout as wait } from 'node:timers/promises'

/** As V8 and terminals write them: CSI sequences, and those that end with a bell or a string terminator. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/gu

interface Constructor {
  readonly prototype: object
  super_?: unknown
}

type Callback = (error: unknown, value?: unknown) => void
type Asynchronous = (...given: readonly unknown[]) => unknown

const CUSTOM = Symbol.for('nodejs.util.promisify.custom')

function promisify(original: unknown): unknown {
  if (typeof original !== 'function') {
    const error = new TypeError('The "original" argument must be of type function')
    throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' })
  }
  const custom: unknown = Reflect.get(original, CUSTOM)
  if (typeof custom === 'function') return custom
  if (original === globalThis.setTimeout) return wait
  async function promised(this: unknown, ...given: readonly unknown[]): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const done: Callback = (error, value) => (error ? reject(error) : resolve(value))
    Reflect.apply(original as Asynchronous, this, [...given, done])
    return promise
  }
  Object.setPrototypeOf(promised, Object.getPrototypeOf(original) as object | null)
  return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original))
}
promisify.custom = CUSTOM

interface Library {
  readonly types: object
}

interface Inspecting {
  readonly inspect: unknown
  readonly format: unknown
  readonly formatWithOptions: unknown
}

function pick({ inspect, format, formatWithOptions }: Inspecting): Inspecting {
  return { inspect, format, formatWithOptions }
}

/** It reads what `Atomics` has while it is loaded, and never again; the sandbox has none, and code is not to see one. */
function loadInspecting(load: () => Inspecting): Inspecting {
  if ('Atomics' in globalThis) return load()
  Object.defineProperty(globalThis, 'Atomics', { value: {}, configurable: true })
  try {
    return load()
  } finally {
    Reflect.deleteProperty(globalThis, 'Atomics')
  }
}

/** @param load the library that is made of Node.js's own sources. */
export const shim = (library: Library, load: () => Inspecting): object => ({
  ...library,
  ...pick(loadInspecting(load)),
  promisify,
  // Nothing in an isolate can tell.
  types: { ...library.types, isProxy: () => false },
  TextEncoder: globalThis.TextEncoder,
  TextDecoder: globalThis.TextDecoder,
  stripVTControlCharacters: (text: string): string => text.replaceAll(ESCAPES, ''),
  toUSVString: (text: unknown): string => String(text).toWellFormed(),
  styleText: (_format: unknown, text: string): string => text,
  inherits(child: Constructor, parent: Constructor): void {
    Object.defineProperty(child, 'super_', { value: parent, writable: true, configurable: true })
    Object.setPrototypeOf(child.prototype, parent.prototype)
  },
})
