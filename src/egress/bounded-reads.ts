// Bounds what a host's head or trailers cost: of fields beyond what they may be, undici is given a few and then none.
import type { Socket } from 'node:net'
import { errors } from 'undici'
import type { buildConnector } from 'undici'

/**
 * Fields of a head that undici is given at a time. Its parser goes to the end of what it is given, also behind the field that is
 * one too many, and makes an error with a stack of each part of each field there: tens of thousands in 64 KiB.
 */
const LINES_AT_A_TIME = 128

/** Each field ends with it, or is none to undici; most bodies have it seldom, and are read as before. */
const LINE_END = Buffer.from('\r\n')
const LINE_FEED = 0x0a
const LOOKED_AT_BYTES = 1_024

/** The connections of `connect`, read as `boundReads` has it. */
export function withBoundedReads(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...settled) => {
      const [error, socket] = settled
      if (error === null) boundReads(socket)
      callback(...settled)
    })
}

/** What is read of it without saying how much is cut behind its 128th line, and nothing once its head was too large. */
function boundReads(socket: Socket): void {
  const read = socket.read.bind(socket)
  socket.read = (size?: number): unknown => {
    if (size !== undefined) return read(size)
    // undici reads on until nothing is left, also of a connection that it has ended.
    if (socket.errored instanceof errors.HeadersOverflowError) return null
    const chunk: unknown = read()
    if (!Buffer.isBuffer(chunk)) return chunk
    const end = endOfLines(chunk)
    if (end === chunk.length) return chunk
    socket.unshift(chunk.subarray(end))
    return chunk.subarray(0, end)
  }
}

/** How much of it is the first lines; all of it when it has no more. */
function endOfLines(chunk: Buffer): number {
  let lines = 0
  let at = 0
  for (;;) {
    // The search skips what has no lines at a cost that is next to none, and takes longer than a loop where there are many.
    at = chunk.indexOf(LINE_END, at)
    if (at === -1) return chunk.length
    for (const stop = Math.min(at + LOOKED_AT_BYTES, chunk.length); at < stop; at++) {
      if (chunk[at] === LINE_FEED && (lines += 1) === LINES_AT_A_TIME) return at + 1
    }
  }
}
