// The calls that are in progress in this isolate, which of them runs now, and what each of them has printed.
import { createLogBuffer } from '../globals/log-buffer.ts'
import type { LogBuffer } from '../globals/log-buffer.ts'
import {
  mapDelete,
  mapEntries,
  mapGet,
  mapHas,
  MapIntrinsic,
  mapIteratorNext,
  mapSet,
  mapSize,
  setAdd,
  setDelete,
  setHas,
  SetIntrinsic,
} from '../intrinsics.ts'

export interface Calls {
  /** The call that the present entry is for: one entry runs at a time, and its microtasks end before the next. */
  current: number
  /** Above 0 in an entry for a timer that was left to `current`: what is planned there may be left to calls up to this one. */
  lastHeir: number
  /** The highest number of a call that has begun. */
  readonly lastBegun: () => number
  /** A call in progress whose number is `last` at most: the one that began first. 0 when there is none. */
  readonly heirUpTo: (last: number) => number
  /** What the one call of a task, or the loading of a module, may print. */
  readonly configure: (logBytes: number) => void
  /** @param tellsProgress whether the host takes what the call says of itself. */
  readonly begin: (id: number, logBytes: number, tellsProgress: boolean) => void
  /** Takes text for the current call; what belongs to no call is dropped. */
  readonly write: (text: string) => void
  /** Sends what the current call has printed. */
  readonly flush: () => void
  /** Sends what the call has printed. False when it has ended before. */
  readonly end: (id: number) => boolean
  /** False for a call that has ended, too. */
  readonly tellsProgress: (id: number) => boolean
  /** Whether a call of a deployed module has ended or never began. */
  readonly isOver: (id: number) => boolean
}

/** Call 0 is there from the start: what runs before any call prints into it. */
export function createCalls(send: (id: number, text: string) => void): Calls {
  const main = createLogBuffer((text) => send(0, text))
  const others = new MapIntrinsic<number, LogBuffer>()
  const telling = new SetIntrinsic<number>()
  let isMainOver = false
  let lastBegun = 0

  const bufferOf = (id: number): LogBuffer | undefined => (id === 0 ? main : mapGet(others, id))

  const flush = (id: number): void => {
    const buffer = bufferOf(id)
    if (buffer === undefined) return
    const { flush: flushBuffer } = buffer
    flushBuffer()
  }

  const calls: Calls = {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    current: 0,
    lastHeir: 0,
    lastBegun: () => lastBegun,
    heirUpTo(last) {
      if (mapSize(others) === 0) return 0
      const entries = mapEntries(others)
      for (;;) {
        const step = mapIteratorNext(entries)
        if (step.done) return 0
        const { 0: id } = step.value as { readonly 0: number }
        if (id <= last) return id
      }
    },
    configure: main.configure,
    begin(id, logBytes, tellsProgress) {
      calls.current = id
      if (tellsProgress) setAdd(telling, id)
      if (id === 0) {
        // A source that is no script is called twice, and the first call found nothing.
        isMainOver = false
        return
      }
      if (id > lastBegun) lastBegun = id
      const buffer = createLogBuffer((text) => send(id, text))
      const { configure } = buffer
      configure(logBytes)
      mapSet(others, id, buffer)
    },
    write(text) {
      const buffer = bufferOf(calls.current)
      if (buffer === undefined) return
      const { write } = buffer
      write(text)
    },
    flush: () => flush(calls.current),
    end(id) {
      flush(id)
      setDelete(telling, id)
      if (id !== 0) return mapDelete(others, id)
      const isFirst = !isMainOver
      isMainOver = true
      return isFirst
    },
    tellsProgress: (id) => setHas(telling, id),
    isOver: (id) => id !== 0 && !mapHas(others, id),
  }
  return calls
}
