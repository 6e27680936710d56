// What code can ask of the call that it runs in: `progress`, and `workerIsolate` with `progress` and the signal of the call.
// Made when it is first asked.
import { codecFailure, encodeResult } from '../codec/formats.ts'
import {
  defineProperty,
  mapDelete,
  mapGet,
  MapIntrinsic,
  mapSet,
  nameFunction,
  objectCreate,
  objectPrototype,
  RangeErrorIntrinsic,
  stringIndexOf,
  stringSlice,
  stringStartsWith,
  symbolToStringTag,
  TypeErrorIntrinsic,
} from '../intrinsics.ts'
import type { LoadEvents } from './event-globals.ts'

/** What one value may have in JSON. */
const MAX_PROGRESS_BYTES = 65_536

interface Calls {
  readonly current: number
  readonly isOver: (id: number) => boolean
  readonly tellsProgress: (id: number) => boolean
}

export interface CallHandleOptions {
  readonly calls: Calls
  readonly loadEvents: LoadEvents
  /** Tells the host what a call says of itself, in JSON. */
  readonly sendProgress: (id: number, text: string) => void
  /** Tells the host that the call is to be asked before it is cancelled. */
  readonly sendSignal: (id: number) => void
}

export interface CallHandle {
  /** The object of the global `workerIsolate`. */
  readonly handle: object
  /** The global `progress`: throws for a value that is no JSON. */
  readonly progress: (value: unknown) => void
  /** Aborts the signal of a call, if it was asked for. */
  readonly abort: (id: number) => void
  /** The call has ended: its signal stays as it is. */
  readonly drop: (id: number) => void
}

type Progress = (value: unknown) => void

export function createCallHandle({ calls, loadEvents, sendProgress, sendSignal }: CallHandleOptions): CallHandle {
  const { isOver, tellsProgress } = calls
  const signals = new MapIntrinsic<number, object>()

  function tell(id: number, value: unknown): void {
    const text = encodeProgress(value)
    // Getters of the value have run by now, and one may have ended the call.
    if (tellsProgress(id)) sendProgress(id, text)
  }

  function bind(id: number): Progress {
    const bound: Progress = (value) => tell(id, value)
    nameFunction(bound, 'progress')
    return bound
  }

  function signalOf(id: number): object {
    const known = mapGet(signals, id)
    if (known !== undefined) return known
    const { createSignal, abortSignal } = loadEvents()
    const made = createSignal()
    if (isOver(id)) abortSignal(made, undefined)
    else {
      mapSet(signals, id, made)
      sendSignal(id)
    }
    return made
  }

  const handle = objectCreate(objectPrototype) as object
  defineGetter(handle, 'progress', () => bind(calls.current))
  defineGetter(handle, 'signal', () => signalOf(calls.current))
  defineProperty(handle, symbolToStringTag, {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    value: 'workerIsolate',
    configurable: true,
  })

  return {
    __proto__: null,
    handle,
    progress: (value: unknown) => tell(calls.current, value),
    abort(id: number): void {
      const signal = mapGet(signals, id)
      if (signal === undefined) return
      const { abortSignal } = loadEvents()
      abortSignal(signal, undefined)
    },
    drop(id: number): void {
      mapDelete(signals, id)
    },
  } as CallHandle
}

function defineGetter(target: object, name: string, get: () => unknown): void {
  nameFunction(get, `get ${name}`)
  // @ts-expect-error -- as above.
  defineProperty(target, name, { __proto__: null, get, enumerable: true, configurable: true })
}

function encodeProgress(value: unknown): string {
  try {
    return encodeResult('json', value, MAX_PROGRESS_BYTES)
  } catch (thrown) {
    const failure = codecFailure(thrown)
    if (failure === undefined) throw thrown
    const { message, bytes } = failure
    if (bytes > 0) {
      throw new RangeErrorIntrinsic(
        `progress: the value has ${bytes} bytes of JSON or more; the limit is ${MAX_PROGRESS_BYTES} bytes`,
      )
    }
    // What a result could do about it, this value cannot.
    const adviceAt = stringIndexOf(message, '; use serialization_format')
    const says = adviceAt === -1 ? message : stringSlice(message, 0, adviceAt)
    const isOfValue = stringStartsWith(says, 'result')
    throw new TypeErrorIntrinsic(`progress: ${isOfValue ? `the value${stringSlice(says, 'result'.length)}` : says}`)
  }
}
