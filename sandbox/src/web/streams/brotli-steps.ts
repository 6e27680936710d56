// The brotli streams that are with the host, which has their encoders and decoders. Each belongs to the call that was the first to
// use it, and ends with that.
import { BROTLI_STEP, MAX_BROTLI_PENDING, NATIVE_ACCEPTED, OP } from '../../bridge.ts'
import { encodeBase64 } from '../../codec/base64.ts'
import {
  mapDelete,
  mapEntries,
  mapGet,
  MapIntrinsic,
  mapIteratorNext,
  mapSet,
  mapSize,
  PromiseIntrinsic,
  stringIndexOf,
  stringSlice,
  toNumber,
  typedArrayLength,
  weakRefDeref,
  WeakRefIntrinsic,
} from '../../intrinsics.ts'
import { brotliLink } from '../brotli-link.ts'
import { domError } from '../dom-error.ts'
import { callsInProgress } from '../fetch/exchange-port.ts'
import { askHost } from '../host.ts'

type StepName = keyof typeof BROTLI_STEP

/** Held by whoever may still use the stream, and by nobody else. */
export interface BrotliHandle {
  /** Undefined until it is first used. */
  open: OpenStream | undefined
}

interface OpenStream {
  readonly id: number
  readonly owner: number
  readonly handle: WeakRef<BrotliHandle>
  isOver: boolean
}

export interface StepAnswer {
  /** One of `BROTLI_ANSWER`. */
  readonly kind: string
  /** Base64. */
  readonly text: string
}

interface Asked {
  readonly owner: number
  readonly resolve: (answer: StepAnswer) => void
  readonly reject: (error: unknown) => void
}

/** When there are as many, those that nobody can use any more are looked for: the host has room for few. */
const MANY_STREAMS = 8

const streams = new MapIntrinsic<number, OpenStream>()
const asked = new MapIntrinsic<number, Asked>()
let lastId = 0

brotliLink.answer = answer
brotliLink.ended = ended

/** @param bytes which begin at the beginning of their buffer, and do not change meanwhile. */
export function askStep(handle: BrotliHandle, step: StepName, bytes?: Uint8Array): Promise<StepAnswer> {
  return new PromiseIntrinsic((resolve, reject) => {
    const { id: stream, owner, isOver } = (handle.open ??= open(handle))
    if (isOver) throw callEnded()
    const id = ++lastId
    mapSet(asked, id, { __proto__: null, owner, resolve, reject } as Asked)
    const data = bytes === undefined ? '' : encodeBase64(bytes, typedArrayLength(bytes))
    if (askHost(OP.brotli, owner, `${id}\n${stream}\n${step}\n${data}`) === NATIVE_ACCEPTED) return
    mapDelete(asked, id)
    closeStream(handle)
    throw domError(
      'QuotaExceededError',
      `The brotli streams of an isolate have more than ${MAX_BROTLI_PENDING} pieces in progress, or wait with as many.`,
    )
  })
}

/** Frees what the host has of it. */
export function closeStream({ open: stream }: BrotliHandle): void {
  if (stream === undefined || stream.isOver) return
  forget(stream)
  closeWithHost(stream)
}

/** The host has freed it. */
export function streamEnded({ open: stream }: BrotliHandle): void {
  if (stream !== undefined) forget(stream)
}

function open(handle: BrotliHandle): OpenStream {
  if (mapSize(streams) >= MANY_STREAMS) closeUnreachable()
  const { current, heirUpTo, isOver, lastBegun } = callsInProgress()
  // A call that waited for the same promise as one that is over goes on in its entry.
  const owner = isOver(current) ? heirUpTo(lastBegun()) || current : current
  const id = ++lastId
  const stream = { __proto__: null, id, owner, handle: new WeakRefIntrinsic(handle), isOver: false } as OpenStream
  mapSet(streams, id, stream)
  return stream
}

function closeUnreachable(): void {
  forEachOf(streams, (stream) => {
    if (weakRefDeref(stream.handle) !== undefined) return
    forget(stream)
    closeWithHost(stream)
  })
}

function forget(stream: OpenStream): void {
  stream.isOver = true
  mapDelete(streams, stream.id)
}

function closeWithHost({ id, owner }: OpenStream): void {
  askHost(OP.brotli, owner, `${++lastId}\n${id}\n${BROTLI_STEP.close}\n`)
}

function answer(payload: string): void {
  const idEnd = stringIndexOf(payload, '\n')
  const kindEnd = stringIndexOf(payload, '\n', idEnd + 1)
  const id = toNumber(stringSlice(payload, 0, idEnd))
  const waiting = mapGet(asked, id)
  if (waiting === undefined) return
  mapDelete(asked, id)
  callsInProgress().current = waiting.owner
  const { resolve } = waiting
  const kind = stringSlice(payload, idEnd + 1, kindEnd)
  resolve({ __proto__: null, kind, text: stringSlice(payload, kindEnd + 1) } as StepAnswer)
}

/** The host frees what is of a call when that ends, except while a module is loaded, whose number is 0. */
function ended(owner: number): void {
  const { heirUpTo, lastBegun } = callsInProgress()
  const isShared = heirUpTo(lastBegun()) !== 0
  forEachOf(streams, (stream) => {
    if (stream.owner !== owner) return
    forget(stream)
    if (owner === 0) closeWithHost(stream)
  })
  forEachOf(asked, (waiting, id) => {
    if (waiting.owner !== owner) return
    mapDelete(asked, id)
    const { reject } = waiting
    if (isShared) reject(callEnded())
  })
}

function callEnded(): Error {
  return domError('InvalidStateError', 'The brotli stream has ended with the call that was the first to use it.')
}

function forEachOf<Item>(items: Map<number, Item>, act: (item: Item, id: number) => void): void {
  const entries = mapEntries(items)
  for (;;) {
    const step = mapIteratorNext(entries)
    if (step.done) return
    const { 0: id, 1: item } = step.value as unknown as { readonly 0: number; readonly 1: Item }
    act(item, id)
  }
}
