// The listening socket: deadlines for slow clients, and an end that lets running requests finish.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Hono } from 'hono'
import { BAD_REQUEST, INTERNAL } from './answer.ts'
import type { HttpEnvironment } from './context.ts'

export interface HttpServerOptions {
  readonly app: Hono<HttpEnvironment>
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** For all headers of a request. */
  readonly headersMs: number
  /** For a whole request; a backstop behind the app's own `uploadMs`, so it must be longer. */
  readonly requestMs: number
  /** How long an idle connection stays open. */
  readonly keepAliveMs: number
  /** Told of an error that reached the edge. */
  readonly onDefect: (error: unknown) => void
}

/** How often Node looks for connections whose time is over; its own default of 30 s would be longer than the deadlines. */
const CHECK_MS = 1_000

/** While closing: Node ends the connections that are idle at that moment, not those that become idle afterwards. */
const SWEEP_MS = 20

export class HttpServer implements AsyncDisposable {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** Settles when the port accepts connections; rejects when it cannot be bound. */
  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    const listener = getRequestListener(options.app.fetch, {
      errorHandler: (error) => toResponse(error, options.onDefect),
    })
    const server = createServer(
      {
        headersTimeout: options.headersMs,
        requestTimeout: options.requestMs,
        keepAliveTimeout: options.keepAliveMs,
        connectionsCheckingInterval: CHECK_MS,
        requireHostHeader: true,
      },
      (incoming, outgoing) => void listener(incoming, outgoing),
    )
    server.listen({ host: options.host, port: options.port })
    await once(server, 'listening')
    return new HttpServer(server)
  }

  get address(): AddressInfo {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.')
    return address
  }

  /** Takes no new connection, lets running requests end, and cuts what is left after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    const sweep = setInterval(() => this.#server.closeIdleConnections(), SWEEP_MS)
    const cut = setTimeout(() => this.#server.closeAllConnections(), graceMs)
    await closed
    clearInterval(sweep)
    clearTimeout(cut)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0)
  }
}

/** A request line or a Host that is no URL; everything else that arrives here is a defect. */
function toResponse(error: unknown, onDefect: (error: unknown) => void): Response {
  const isBadRequest = error instanceof RequestError
  if (!isBadRequest) onDefect(error)
  const { status, body } = isBadRequest ? BAD_REQUEST : INTERNAL
  return new Response(body, { status, headers: { 'content-type': 'application/json' } })
}
