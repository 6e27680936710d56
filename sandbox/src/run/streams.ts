// Functions that return an iterator: what it gives goes to the host chunk by chunk, each when the host asks for it, or becomes
// one list.
import { OP } from '../bridge.ts'
import type { CallHeader } from '../bridge.ts'
import { outputTooLarge } from '../codec/codec-error.ts'
import { codecFailure, encodeResult } from '../codec/formats.ts'
import { arrayAppend, mapDelete, mapGet, MapIntrinsic, mapSet, toInteger, toText } from '../intrinsics.ts'
import { describeFailure } from './describe-error.ts'
import { failedEnd } from './failed-end.ts'
import { callReturn, walk } from './iterators.ts'
import type { GuestIterator } from './iterators.ts'

export interface Streams {
  /** Keeps the iterator of a call that may stream, and tells the host. */
  readonly open: (id: number, header: CallHeader, source: GuestIterator) => void
  /** Everything that the iterator of a call gives. Rejects with what the iterator throws, or when that is too much. */
  readonly collect: (id: number, header: CallHeader, source: GuestIterator) => Promise<readonly unknown[]>
  /** Sends chunks for as long as the host wants one, the first of at most `maxBytes` bytes, or ends the call. Never rejects. */
  readonly pull: (id: number, maxBytes: number) => Promise<void>
  /** Tells the iterator of a call to return, and ends the call when it has. Never rejects. */
  readonly stop: (id: number) => Promise<void>
  /** Tells an iterator that is not done that nobody wants more of it. Never throws. */
  readonly close: (id: number) => void
}

interface Stream {
  readonly source: GuestIterator
  readonly header: CallHeader
  /** What is to be the result, too: chunks of JSON as they were sent, values for another format. */
  texts: string
  readonly values: unknown[]
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

  const keep = (id: number, header: CallHeader, source: GuestIterator): Stream => {
    const stream = { __proto__: null, source, header, texts: '', values: [] } as Stream
    mapSet(opened, id, stream)
    return stream
  }

  return {
    __proto__: null,
    open(id: number, header: CallHeader, source: GuestIterator): void {
      keep(id, header, source)
      send(OP.stream, id, '')
    },
    async collect(id: number, header: CallHeader, source: GuestIterator): Promise<readonly unknown[]> {
      const stream = keep(id, header, source)
      const { values } = stream
      // Each value and what parts it from the next.
      const minBytes = header.format === 'json' ? 2 : 1
      await walk(source, (value) => {
        if (mapGet(opened, id) !== stream) return false
        arrayAppend(values, value)
        if (values.length * minBytes > header.outputBytes) {
          throw outputTooLarge(values.length * minBytes, header.outputBytes)
        }
        return true
      })
      return values
    },
    async pull(id: number, maxBytes: number): Promise<void> {
      const stream = mapGet(opened, id)
      if (stream === undefined) return
      const { source, header } = stream
      let room = maxBytes
      try {
        await walk(source, (value) => {
          const chunk = encodeResult(header.format, value, room)
          if (mapGet(opened, id) !== stream) return false
          const wanted = send(OP.chunk, id, chunk)
          if (header.isStreamAggregated === true) aggregate(stream, value, chunk)
          room = wanted === '' ? -1 : toInteger(wanted)
          return room >= 0
        })
        if (source.isDone && mapGet(opened, id) === stream) endStream(id, stream, end)
      } catch (thrown) {
        const { op, payload } = failedEnd(thrown)
        end(id, op, payload)
      }
    },
    async stop(id: number): Promise<void> {
      const stream = mapGet(opened, id)
      if (stream === undefined) return
      mapDelete(opened, id)
      await callReturn(stream.source)
      end(id, OP.threw, describeFailure('The call was cancelled'))
    },
    close(id: number): void {
      const stream = mapGet(opened, id)
      if (stream === undefined) return
      mapDelete(opened, id)
      if (!stream.source.isDone) void callReturn(stream.source)
    },
  } as Streams
}

function aggregate(stream: Stream, value: unknown, chunk: string): void {
  if (stream.header.format !== 'json') arrayAppend(stream.values, value)
  else stream.texts = stream.texts === '' ? chunk : `${stream.texts},${chunk}`
}

function endStream(id: number, stream: Stream, end: (id: number, op: number, payload: string) => void): void {
  const { format, outputBytes, isStreamAggregated } = stream.header
  if (isStreamAggregated !== true) return end(id, OP.streamed, '')
  if (format === 'json') return end(id, OP.streamed, `[${stream.texts}]`)
  try {
    end(id, OP.streamed, encodeResult(format, stream.values, outputBytes))
  } catch (thrown) {
    const failure = codecFailure(thrown)
    if (failure?.op !== OP.outputTooLarge) throw thrown
    end(id, OP.aggregateTooLarge, toText(failure.bytes))
  }
}
