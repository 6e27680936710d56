// A server on loopback that answers whatever bytes a test makes it answer, and keeps the bytes that it got.
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** Called once for each head of a request that has come whole. */
export type RawAnswerer = (socket: Socket, head: string) => void

export class RawServer implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** All that came, of all connections. */
  got = ''

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(answer: RawAnswerer, host = '127.0.0.1'): Promise<RawServer> {
    const server = createServer()
    const started = new RawServer(server)
    server.on('connection', (socket) => {
      started.#sockets.add(socket)
      let pending = ''
      socket.on('error', () => undefined).on('close', () => started.#sockets.delete(socket))
      socket.setEncoding('latin1').on('data', (text: string) => {
        started.got += text
        pending += text
        for (let end = pending.indexOf('\r\n\r\n'); end !== -1; end = pending.indexOf('\r\n\r\n')) {
          const head = pending.slice(0, end)
          pending = pending.slice(end + 4)
          answer(socket, head)
        }
      })
    })
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    return started
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo
    return `http://${address}:${port}`
  }

  get open(): number {
    return this.#sockets.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
