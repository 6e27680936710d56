// One keep-alive connection of the load client: HTTP/1.1 on a raw socket, since the client shares the processors with what it measures.
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

export class LoadConnection implements Disposable {
  readonly #socket: Socket
  readonly #postHead: string
  readonly #get: (path: string) => string
  #received: Buffer = Buffer.alloc(0)
  #waiting: Waiting | null = null

  private constructor(socket: Socket, host: string) {
    this.#socket = socket
    this.#postHead = `POST /execute HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: `
    this.#get = (path) => `GET ${path} HTTP/1.1\r\nHost: ${host}${HEAD_END}`
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the service closed the connection')))
  }

  /** Rejects when nothing listens there. */
  static async open(url: string): Promise<LoadConnection> {
    const { hostname, port, host } = new URL(url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return new LoadConnection(socket, host)
  }

  /** Posts JSON in ASCII to /execute. One request at a time. */
  async execute(body: string): Promise<HttpAnswer> {
    return this.#request(`${this.#postHead}${body.length}${HEAD_END}${body}`)
  }

  async get(path: string): Promise<HttpAnswer> {
    return this.#request(this.#get(path))
  }

  async #request(text: string): Promise<HttpAnswer> {
    if (this.#waiting !== null) throw new Error('the connection has a request already')
    return new Promise((resolve, reject) => {
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
