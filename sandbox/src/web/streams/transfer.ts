// The transfer of streams, by the Streams standard: the one that is given away is piped through a channel into, or out of, the
// one that its receiver gets.
import { weakSetAdd, weakSetHas, WeakSetIntrinsic } from '../../intrinsics.ts'
import { domError } from '../dom-error.ts'
import { createChannel } from '../messages/channel.ts'
import { createReadableOver, createWritableOver } from './cross-realm.ts'
import { lockedOf, readableOf, writableOf } from './library.ts'
import { isReadable, isTransform, isWritable, joinSides, pipe, writableLockedOf } from './transfer-library.ts'

/** Those that were given away: each is locked at first, and nobody's for good. */
const given = new WeakSetIntrinsic<object>()

/** For streams: see `FindMover`. */
export function findStreamMover(value: object): (() => object) | undefined {
  if (isReadable(value)) return moverOf(value, lockedOf, moveReadable)
  if (isWritable(value)) return moverOf(value, writableLockedOf, moveWritable)
  return isTransform(value) ? moverOf(value, isEitherLocked, moveTransform) : undefined
}

function moverOf(
  stream: object,
  isLocked: (stream: object) => boolean,
  move: (stream: object) => object,
): () => object {
  const check = (): void => {
    if (weakSetHas(given, stream))
      throw domError('DataCloneError', 'A stream that was transferred cannot be transferred.')
    if (isLocked(stream)) throw domError('DataCloneError', 'A stream that is locked cannot be transferred.')
  }
  check()
  return () => {
    // Something before it in the list may have been one of its sides.
    check()
    weakSetAdd(given, stream)
    return move(stream)
  }
}

const isEitherLocked = (stream: object): boolean => lockedOf(readableOf(stream)) || writableLockedOf(writableOf(stream))

function moveReadable(stream: object): object {
  const { 0: here, 1: there } = createChannel()
  void follow(stream, createWritableOver(here))
  return createReadableOver(there)
}

function moveWritable(stream: object): object {
  const { 0: here, 1: there } = createChannel()
  void follow(createReadableOver(here), stream)
  return createWritableOver(there)
}

function moveTransform(stream: object): object {
  return joinSides(moveReadable(readableOf(stream)), moveWritable(writableOf(stream)))
}

/** What goes wrong is told on both sides, by their own errors. */
async function follow(from: object, into: object): Promise<void> {
  try {
    await pipe(from, into)
  } catch {
    // As said.
  }
}
