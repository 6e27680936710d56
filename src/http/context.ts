// Hono's context as this service uses it: with Node's own request and response beside it when there is a socket.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

export interface HttpEnvironment {
  Bindings: Partial<HttpBindings>
}

export type HttpContext = Context<HttpEnvironment>

/** Undefined when the app is asked without a socket, as tests do. */
export function incomingOf(c: HttpContext): IncomingMessage | undefined {
  return bindingsOf(c)?.incoming
}

export function outgoingOf(c: HttpContext): ServerResponse | undefined {
  return bindingsOf(c)?.outgoing
}

/** One header; `name` in lower case. Read from Node's own record, because web Headers cost more than the rest of a route. */
export function headerOf(c: HttpContext, name: string): string | undefined {
  const incoming = incomingOf(c)
  if (incoming === undefined) return c.req.raw.headers.get(name) ?? undefined
  const value = incoming.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** Asks a client for its body that waits to be asked; the others send it anyway. */
export function inviteBody(c: HttpContext): void {
  const incoming = incomingOf(c)
  if (incoming?.headers.expect !== undefined && incoming.httpVersion === '1.1') outgoingOf(c)?.writeContinue()
}

function bindingsOf(c: HttpContext): Partial<HttpBindings> | undefined {
  return c.env
}
