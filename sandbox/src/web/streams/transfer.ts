// The transfer of streams, by the Streams standard: the one that is given away is piped through a channel into, or out of, the
// one that its receiver gets.
import { weakSetAdd, weakSetHas, WeakSetIntrinsic } from '../../intrinsics.ts'
import { domError } from '../dom-error.ts'
import { createChannel } from '../messages/channel.ts'
import { createReadableOver, createWritableOver } from './cross-realm.ts'
import type { TransferLibrary } from './transfer-library.ts'

/** Those that were given away: each is locked at first, and nobody's for good. */
const given = new WeakSetIntrinsic<object>()

type Ask = (stream: object) => boolean
type Move = (stream: object) => object

/** For any object: see `PlatformKind`. */
export function findStreamMover(value: object, library: TransferLibrary): (() => object) | undefined {
  const { isReadable, isTransform, isWritable, joinSides, lockedOf, pipe, readableOf, writableLockedOf, writableOf } =
    library

  function moveReadable(stream: object): object {
    const { 0: here, 1: there } = createChannel()
    void pipe(stream, createWritableOver(here, library))
    return createReadableOver(there, library)
  }

  function moveWritable(stream: object): object {
    const { 0: here, 1: there } = createChannel()
    void pipe(createReadableOver(here, library), stream)
    return createWritableOver(there, library)
  }

  if (isReadable(value)) return moverOf(value, lockedOf, moveReadable)
  if (isWritable(value)) return moverOf(value, writableLockedOf, moveWritable)
  if (!isTransform(value)) return undefined
  return moverOf(
    value,
    (stream) => lockedOf(readableOf(stream)) || writableLockedOf(writableOf(stream)),
    (stream) => joinSides(moveReadable(readableOf(stream)), moveWritable(writableOf(stream))),
  )
}

function moverOf(stream: object, isLocked: Ask, move: Move): () => object {
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
