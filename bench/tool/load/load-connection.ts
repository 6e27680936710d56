// One keep-alive connection of the load: HTTP/1.1 on a raw socket, with the moment of the first bytes of a body.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { AnswerParser } from './answer-parser.ts'
import type { ParsedAnswer } from './answer-parser.ts'
import type { Exchange } from './exchange.ts'

export interface TimedAnswer extends ParsedAnswer {
  /** Of `performance.now()`. */
  readonly firstBodyAt: number
  readonly endAt: number
}

interface Waiting {
  readonly resolve: (answer: TimedAnswer) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
  firstBodyAt: number | null
}

export class LoadConnection implements Disposable {
  readonly #socket: Socket
  readonly #host: string
  readonly #parser = new AnswerParser()
  #waiting: Waiting | null = null

  private constructor(socket: Socket, host: string) {
    this.#socket = socket
    this.#host = host
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  /** Rejects when nothing listens there. */
  static async open(url: string): Promise<LoadConnection> {
    const { hostname, port, host } = new URL(url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return new LoadConnection(socket, host)
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  /** One request at a time. Rejects when the connection breaks or nothing has come within `timeoutMs`; it is closed then. */
  async send({ method, path, headers, body }: Exchange, timeoutMs: number): Promise<TimedAnswer> {
    if (this.#waiting !== null) throw new Error('the connection has a request already')
    const bytes = body.reduce((total, part) => total + part.length, 0)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const head = `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n${lines.join('')}content-length: ${bytes}\r\n\r\n`
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error('the connection is closed'))
        return
      }
      const timer = setTimeout(() => this.#fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
      this.#waiting = { resolve, reject, timer, firstBodyAt: null }
      this.#socket.cork()
      this.#socket.write(head, 'latin1')
      for (const part of body) this.#socket.write(part)
      this.#socket.uncork()
    })
  }

  #receive(chunk: Buffer): void {
    const waiting = this.#waiting
    if (waiting === null) return
    const now = performance.now()
    const state = this.#parser.push(chunk)
    if (state.kind === 'broken') {
      this.#fail(new Error(state.problem))
      return
    }
    if (this.#parser.hasBody) waiting.firstBodyAt ??= now
    if (state.kind !== 'answer') return
    this.#waiting = null
    clearTimeout(waiting.timer)
    waiting.resolve({ ...state.answer, firstBodyAt: waiting.firstBodyAt ?? now, endAt: now })
  }

  #fail(error: Error): void {
    const waiting = this.#waiting
    this.#waiting = null
    if (waiting !== null) {
      clearTimeout(waiting.timer)
      waiting.reject(error)
    }
    this.#socket.destroy()
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}
