// Requests that a client sends before the one in front is answered: each is heard in its turn, and only so many may wait.
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/** No client waits with so many; a connection that does is closed. */
const MAX_WAITING = 100

/**
 * Node tells of all at once and only puts the answers in order: one packet would then be thousands of requests in a turn of
 * the event loop, and code would run for answers that nobody can get yet.
 */
export function inTurn(listener: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, number>()

  return function hear(incoming, outgoing) {
    // A response has no socket as long as it waits for another.
    if (outgoing.socket !== null) {
      listener(incoming, outgoing)
      return
    }
    const { socket } = incoming
    const count = (waiting.get(socket) ?? 0) + 1
    waiting.set(socket, count)
    if (count > MAX_WAITING) {
      socket.destroy()
      return
    }
    outgoing.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1)
      setImmediate(() => outgoing.destroyed || listener(incoming, outgoing))
    })
  }
}
