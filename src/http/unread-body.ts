// What is left of a request's body when the request is answered: a little is let in, so that the connection can stay and the
// answer is not lost to a client that still sends; a body that goes on takes its connection with it.
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Node reads and forgets the rest meanwhile. */
const LINGER_MS = 500

/** To be called before the request is answered. */
export function endUnreadBody(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { 'content-length': length, 'transfer-encoding': coding } = incoming.headers
  if (coding === undefined && (length === undefined || length === '0')) return
  outgoing.once('finish', () => {
    if (!incoming.complete) setTimeout(() => incoming.complete || incoming.socket.destroy(), LINGER_MS).unref()
  })
}
