// A server of plain HTTP on loopback that stands for another host: what it was asked, and what a test makes it answer.
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Answerer = (response: ServerResponse, asked: Asked) => void

export class LoopbackServer implements AsyncDisposable {
  readonly #server: Server
  readonly #open = new Set<ServerResponse>()
  readonly asked: Asked[] = []
  connections = 0

  private constructor(server: Server) {
    this.#server = server
  }

  /** @param host an address of this machine; Linux has all that begin with 127. */
  static async start(answer: Answerer, host = '127.0.0.1'): Promise<LoopbackServer> {
    const server = createServer()
    const started = new LoopbackServer(server)
    server.on('connection', () => started.connections++)
    server.on('request', (request, response) => {
      started.#open.add(response)
      response.on('close', () => started.#open.delete(response))
      let body = ''
      request.setEncoding('utf8').on('data', (text: string) => (body += text))
      request.on('end', () => {
        const asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
        started.asked.push(asked)
        answer(response, asked)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    return started
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo
    return `http://${address}:${port}`
  }

  /** Requests that have neither been answered to the end nor given up by their client. */
  get open(): number {
    return this.#open.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
