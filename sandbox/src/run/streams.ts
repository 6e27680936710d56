// Functions that return an iterator: what it gives goes to the host chunk by chunk, each when the host asks for it.
import { OP } from '../bridge.ts'
import { encodeResult } from '../codec/formats.ts'
import {
  apply,
  isObject,
  mapDelete,
  mapGet,
  MapIntrinsic,
  mapSet,
  symbolAsyncIterator,
  symbolIterator,
  toInteger,
  TypeErrorIntrinsic,
} from '../intrinsics.ts'
import { failedEnd } from './failed-end.ts'

type Format = Parameters<typeof encodeResult>[0]
type Callable = (...args: unknown[]) => unknown

export interface Streams {
  /**
   * Takes what a function returned if that is an iterator, and tells the host; else false. Runs code of the guest and throws
   * what that throws.
   */
  readonly open: (id: number, format: Format, returned: unknown) => boolean
  /** Sends chunks for as long as the host wants one, the first of at most `maxBytes` bytes, or ends the call. Never rejects. */
  readonly pull: (id: number, maxBytes: number) => Promise<void>
  /** Tells an iterator that is not done that nobody wants more of it. Never throws. */
  readonly close: (id: number) => void
}

interface Stream {
  readonly iterator: object
  readonly next: Callable
  /** Whether `next` gives promises; otherwise a value may be one. */
  readonly isAsync: boolean
  readonly format: Format
}

interface Step {
  readonly done: unknown
  readonly value: unknown
}

/**
 * @param send of the bridge, which the host has not given yet when this is called.
 * @param end of a call; it closes the call's stream if that is still open.
 */
export function createStreams(
  send: (op: number, id: number, payload: string) => string,
  end: (id: number, op: number, payload: string) => void,
): Streams {
  const opened = new MapIntrinsic<number, Stream>()

  return {
    __proto__: null,
    open(id: number, format: Format, returned: unknown): boolean {
      const stream = toStream(format, returned)
      if (stream === undefined) return false
      mapSet(opened, id, stream)
      send(OP.stream, id, '')
      return true
    },
    async pull(id: number, maxBytes: number): Promise<void> {
      const stream = mapGet(opened, id)
      if (stream === undefined) return
      let isStepping = true
      try {
        for (let room = maxBytes; room >= 0;) {
          isStepping = true
          // oxlint-disable-next-line no-await-in-loop -- an iterator is asked for one thing after the other
          const step = toStep(stream.isAsync ? await callNext(stream) : callNext(stream))
          if (step.done) {
            if (mapDelete(opened, id)) end(id, OP.streamed, '')
            return
          }
          isStepping = false
          // oxlint-disable-next-line no-await-in-loop -- as above
          const value = stream.isAsync ? step.value : await step.value
          const chunk = encodeResult(stream.format, value, room)
          if (mapGet(opened, id) !== stream) return
          const wanted = send(OP.chunk, id, chunk)
          room = wanted === '' ? -1 : toInteger(wanted)
        }
      } catch (thrown) {
        // An iterator that threw is done; one that gave what cannot be sent is told so by the end of the call.
        if (isStepping) mapDelete(opened, id)
        const { op, payload } = failedEnd(thrown)
        end(id, op, payload)
      }
    },
    close(id: number): void {
      const stream = mapGet(opened, id)
      if (stream === undefined) return
      mapDelete(opened, id)
      void callReturn(stream.iterator)
    },
  } as Streams
}

/** Iterables are values, such as arrays, maps and texts: only what is asked for its next value itself is a stream. */
function toStream(format: Format, returned: unknown): Stream | undefined {
  if (!isObject(returned)) return undefined
  const { [symbolAsyncIterator]: toAsyncIterator } = returned as Readonly<Record<symbol, unknown>>
  if (typeof toAsyncIterator === 'function') {
    const iterator = apply(toAsyncIterator, returned, []) as unknown
    if (!isObject(iterator)) throw new TypeErrorIntrinsic('Result of the Symbol.asyncIterator method is not an object')
    return streamOf(iterator, nextOf(iterator), true, format)
  }
  const next = nextOf(returned)
  if (typeof next !== 'function') return undefined
  const { [symbolIterator]: toIterator } = returned as Readonly<Record<symbol, unknown>>
  return typeof toIterator === 'function' ? streamOf(returned, next, false, format) : undefined
}

function streamOf(iterator: object, next: unknown, isAsync: boolean, format: Format): Stream {
  if (typeof next !== 'function') throw new TypeErrorIntrinsic('The iterator has no function next')
  return { __proto__: null, iterator, next, isAsync, format } as unknown as Stream
}

function nextOf(iterator: object): unknown {
  return (iterator as { readonly next?: unknown }).next
}

function callNext({ next, iterator }: Stream): unknown {
  return apply(next, iterator, [])
}

/** Each member is read once. */
function toStep(result: unknown): Step {
  if (!isObject(result)) throw new TypeErrorIntrinsic('What next of the iterator returned is not an object')
  const { done } = result as Step
  return { __proto__: null, done, value: done ? undefined : (result as Step).value } as Step
}

async function callReturn(iterator: object): Promise<void> {
  try {
    const { return: method } = iterator as { readonly return?: unknown }
    if (typeof method === 'function') await apply(method, iterator, [])
  } catch {
    // Nobody is there to hear of it.
  }
}
