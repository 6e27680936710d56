// The listening socket: deadlines for slow clients, and an end that lets running requests finish.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Hono } from 'hono'
import { BAD_REQUEST, INTERNAL } from './answer.ts'
import type { Answer } from './answer.ts'
import type { HttpEnvironment } from './context.ts'
import { inTurn } from './pipeline.ts'
import { endUnreadBody } from './unread-body.ts'

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
  /** A further connection is closed as soon as it is there. */
  readonly connectionsMax: number
  /** Told at most once a second how many connections were closed for being too many. */
  readonly onConnectionsRefused: (count: number) => void
  /** Told of an error that reached the edge. */
  readonly onDefect: (error: unknown) => void
}

/** How often Node looks for connections whose time is over; its own default of 30 s would be longer than the deadlines. */
const CHECK_MS = 1_000

/** While closing: Node ends the connections that are idle at that moment, not those that become idle afterwards. */
const SWEEP_MS = 20

/** A flood of connections is no flood of log lines. */
const REPORT_MS = 1_000

const HOST = 'host'

type FetchCallback = Parameters<typeof getRequestListener>[0]

export class HttpServer implements AsyncDisposable {
  readonly #server: Server
  #refusedConnections = 0

  private constructor(server: Server, onConnectionsRefused: HttpServerOptions['onConnectionsRefused']) {
    this.#server = server
    let told = 0
    let willTell = false
    server.on('drop', () => {
      this.#refusedConnections++
      if (willTell) return
      willTell = true
      setTimeout(() => {
        onConnectionsRefused(this.#refusedConnections - told)
        told = this.#refusedConnections
        willTell = false
      }, REPORT_MS).unref()
    })
  }

  /** Since the start: those that were closed for being too many. */
  get refusedConnections(): number {
    return this.#refusedConnections
  }

  /** Settles when the port accepts connections; rejects when it cannot be bound. */
  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    const fetch: FetchCallback = (request, env) =>
      hasTwoHosts(env.incoming) ? toResponse(BAD_REQUEST) : options.app.fetch(request, env)
    const listener = getRequestListener(fetch, {
      errorHandler: (error) => answerError(error, options.onDefect),
      // It leaves out GET, which may have a body too.
      autoCleanupIncoming: false,
    })
    const listen = inTurn((incoming, outgoing) => {
      endUnreadBody(incoming, outgoing)
      void listener(incoming, outgoing)
    })
    const server = createServer(
      {
        headersTimeout: options.headersMs,
        requestTimeout: options.requestMs,
        keepAliveTimeout: options.keepAliveMs,
        connectionsCheckingInterval: CHECK_MS,
        requireHostHeader: true,
      },
      listen,
    )
    // Node would ask for the body at once; here the route does, when the head has passed every check.
    server.on('checkContinue', listen)
    server.maxConnections = options.connectionsMax
    const made = new HttpServer(server, options.onConnectionsRefused)
    server.listen({ host: options.host, port: options.port })
    await once(server, 'listening')
    return made
  }

  get address(): AddressInfo {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.')
    return address
  }

  /** Connections that are open, idle ones included. */
  async countConnections(): Promise<number> {
    return promisify(this.#server.getConnections.bind(this.#server))()
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

/** Node keeps the first; a proxy in front of the service may have gone by the other. */
function hasTwoHosts({ rawHeaders }: { readonly rawHeaders: readonly string[] }): boolean {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === HOST.length && name.toLowerCase() === HOST) hosts += 1
  }
  return hosts > 1
}

/** A request line or a Host that is no URL; everything else that arrives here is a defect. */
function answerError(error: unknown, onDefect: (error: unknown) => void): Response {
  if (error instanceof RequestError) return toResponse(BAD_REQUEST)
  onDefect(error)
  return toResponse(INTERNAL)
}

function toResponse({ status, body }: Answer): Response {
  return new Response(body, { status, headers: { 'content-type': 'application/json' } })
}
