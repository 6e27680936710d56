// One keep-alive connection: HTTP/1.1 on a raw socket, since the client shares the processors with what it measures.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void
  readonly reject: (error: Error) => void
}

const HEAD_END = '\r\n\r\n'

export class HttpConnection implements Disposable {
  readonly #socket: Socket
  readonly #host: string
  readonly #postHead: string
  #received: Buffer = Buffer.alloc(0)
  #waiting: Waiting | null = null

  private constructor(socket: Socket, host: string) {
    this.#socket = socket
    this.#host = ` HTTP/1.1\r\nHost: ${host}`
    this.#postHead = `${this.#host}\r\nContent-Type: application/json\r\nContent-Length: `
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  /** Rejects when nothing listens there. */
  static async open(url: string): Promise<HttpConnection> {
    const { hostname, port, host } = new URL(url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return new HttpConnection(socket, host)
  }

  /** JSON in ASCII. One request at a time. */
  async post(path: string, body: string): Promise<HttpAnswer> {
    return this.#request(`POST ${path}${this.#postHead}${body.length}${HEAD_END}${body}`)
  }

  async get(path: string): Promise<HttpAnswer> {
    return this.#request(`GET ${path}${this.#host}${HEAD_END}`)
  }

  async #request(text: string): Promise<HttpAnswer> {
    if (this.#waiting !== null) throw new Error('the connection has a request already')
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error('the connection is closed'))
        return
      }
      this.#waiting = { resolve, reject }
      this.#socket.write(text, 'latin1')
    })
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const headBytes = this.#received.indexOf(HEAD_END)
    if (headBytes === -1) return
    const head = this.#received.toString('latin1', 0, headBytes)
    const length = /^content-length: *(\d+)/im.exec(head)?.[1]
    if (length === undefined) return this.#fail(new Error(`an answer without a length: ${head}`))
    const bodyStart = headBytes + HEAD_END.length
    const end = bodyStart + Number(length)
    if (this.#received.length < end) return
    const answer = { status: Number(head.slice(9, 12)), body: this.#received.toString('utf8', bodyStart, end) }
    this.#received = this.#received.subarray(end)
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.resolve(answer)
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error)
    this.#waiting = null
    this.#socket.destroy()
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}
