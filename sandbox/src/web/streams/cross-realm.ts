// Streams whose chunks come or go through a channel, by the cross-realm transforms of the Streams standard: what is written
// into the one side is copied, and read from the other side, which says when it wants more.
import { PromiseIntrinsic } from '../../intrinsics.ts'
import { structuredCloneOf } from '../clone/structured-clone.ts'
import { disentangle, enable, post } from '../messages/channel.ts'
import type { End } from '../messages/channel.ts'
import type { TransferLibrary } from './transfer-library.ts'

interface Message {
  readonly type: 'chunk' | 'pull' | 'close' | 'error'
  readonly value: unknown
}

/** A readable stream of what comes through the end. */
export function createReadableOver(end: End, library: TransferLibrary): object {
  const { closeChunks, createReadable, enqueueChunk, errorChunks } = library
  let controller: object
  let isOver = false

  function leave(): void {
    isOver = true
    disentangle(end)
  }

  const source = {
    __proto__: null,
    start(given: object) {
      controller = given
    },
    pull() {
      send(end, 'pull', undefined)
    },
    cancel(reason: unknown) {
      try {
        sendCopy(end, 'error', reason)
      } finally {
        leave()
      }
    },
  }
  const stream = createReadable(source)
  listen(end, ({ type, value }) => {
    // What was on its way when the stream was cancelled.
    if (isOver) return
    if (type === 'chunk') enqueueChunk(controller, value)
    else if (type === 'close') {
      leave()
      closeChunks(controller)
    } else if (type === 'error') {
      leave()
      errorChunks(controller, value)
    }
  })
  return stream
}

/** A writable stream whose chunks go through the end. */
export function createWritableOver(end: End, { createWritable, errorWritable }: TransferLibrary): object {
  let controller: object
  /** What a chunk waits for until the reader wants one; undefined when it does already. */
  let room: Room | undefined = createRoom()

  function open(): void {
    const waited = room
    room = undefined
    if (waited === undefined) return
    const { resolve } = waited
    resolve()
  }

  const sink = {
    __proto__: null,
    start(given: object) {
      controller = given
    },
    async write(chunk: unknown) {
      await room?.promise
      room = createRoom()
      try {
        sendCopy(end, 'chunk', chunk)
      } catch (error) {
        disentangle(end)
        throw error
      }
    },
    close() {
      send(end, 'close', undefined)
      disentangle(end)
    },
    abort(reason: unknown) {
      try {
        sendCopy(end, 'error', reason)
      } finally {
        disentangle(end)
      }
    },
  }
  const stream = createWritable(sink)
  listen(end, ({ type, value }) => {
    if (type === 'error') errorWritable(controller, value)
    if (type === 'error' || type === 'pull') open()
  })
  return stream
}

interface Room {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

function createRoom(): Room {
  let settle: () => void = () => undefined
  const promise = new PromiseIntrinsic<void>((resolve) => (settle = resolve))
  return { __proto__: null, promise, resolve: () => settle() } as Room
}

function listen(end: End, hear: (message: Message) => void): void {
  end.receiver = { __proto__: null, take: (message: unknown) => hear(message as Message) } as End['receiver']
  enable(end)
}

/** Does nothing when there is nobody any more. */
function send(end: End, type: Message['type'], value: unknown): void {
  const { peer } = end
  if (peer !== undefined) post(peer, { __proto__: null, type, value })
}

/** What cannot be copied is the error of both sides. */
function sendCopy(end: End, type: Message['type'], value: unknown): void {
  let copy: unknown
  try {
    copy = structuredCloneOf(value, undefined)
  } catch (error) {
    send(end, 'error', error)
    throw error
  }
  send(end, type, copy)
}
