// The brotli streams that have something with the host. Each belongs to the call that was the first to use it, and ends with that.
import { BROTLI_STEP, OP } from '../../bridge.ts'
import { mapDelete, MapIntrinsic, mapSet, mapSize, weakRefDeref, WeakRefIntrinsic } from '../../intrinsics.ts'
import { payingCall } from '../../run/paying-call.ts'
import { forEachOf } from '../each-of.ts'
import { callsInProgress } from '../fetch/exchange-port.ts'
import { askHost } from '../host.ts'

/** Held by whoever may still use the stream, and by nobody else. */
export interface BrotliHandle {
  /** Undefined until it is first used. */
  open: OpenStream | undefined
}

export interface OpenStream {
  readonly id: number
  readonly owner: number
  readonly handle: WeakRef<BrotliHandle>
  isOver: boolean
}

/** When there are as many, those that nobody can use any more are looked for: the host has room for few. */
const MANY_STREAMS = 8

const streams = new MapIntrinsic<number, OpenStream>()
let lastId = 0

export function openStream(handle: BrotliHandle): OpenStream {
  return (handle.open ??= begin(handle))
}

/** Frees what the host has of it. */
export function closeStream({ open: stream }: BrotliHandle): void {
  if (stream !== undefined && !stream.isOver) close(stream)
}

/** The host has freed it. */
export function streamEnded({ open: stream }: BrotliHandle): void {
  if (stream !== undefined) forget(stream)
}

/** The host frees what is of a call when that ends, except while a module is loaded, whose number is 0. */
export function endStreamsOf(owner: number): void {
  forEachOf(streams, (stream) => {
    if (stream.owner !== owner) return
    if (owner === 0) close(stream)
    else forget(stream)
  })
}

function begin(handle: BrotliHandle): OpenStream {
  if (mapSize(streams) >= MANY_STREAMS) closeUnreachable()
  const owner = payingCall(callsInProgress())
  const id = ++lastId
  const stream = { __proto__: null, id, owner, handle: new WeakRefIntrinsic(handle), isOver: false } as OpenStream
  mapSet(streams, id, stream)
  return stream
}

function closeUnreachable(): void {
  forEachOf(streams, (stream) => {
    if (weakRefDeref(stream.handle) === undefined) close(stream)
  })
}

function close(stream: OpenStream): void {
  const { id, owner } = stream
  forget(stream)
  // There is no answer to it, and so no number.
  askHost(OP.brotli, owner, `0\n${id}\n${BROTLI_STEP.close}\n`)
}

function forget(stream: OpenStream): void {
  stream.isOver = true
  mapDelete(streams, stream.id)
}
