// A client of streamed answers that reads when a test tells it to.
import { request as startRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { withDeadline } from './service-process.ts'

const ANSWER_MS = 10_000

export class StreamedAnswer implements Disposable {
  readonly #response: IncomingMessage
  #text = ''
  #isEnded = false

  private constructor(response: IncomingMessage) {
    this.#response = response
    response.setEncoding('utf8')
    response.on('error', () => undefined)
  }

  /** Settles with the headers; nothing of the body is read before a test reads it. */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}, body = '{}'): Promise<StreamedAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const type = { 'content-type': 'application/json' }
    const request = startRequest(url, { method: 'POST', agent: false, headers: { ...type, ...headers } })
    request.on('error', reject)
    request.on('response', resolve)
    request.end(body)
    return new StreamedAnswer(await withDeadline(promise, ANSWER_MS, 'no answer came'))
  }

  get status(): number {
    return this.#response.statusCode ?? 0
  }

  header(name: string): string | undefined {
    const value = this.#response.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  /** Behind the body; null when there is none. */
  get codeTrailer(): string | null {
    return this.#response.trailers['x-error-code'] ?? null
  }

  /** Reads until `isEnough` of all that has come, or until the end. */
  async readUntil(isEnough: (text: string) => boolean): Promise<string> {
    const read = async (): Promise<string> => {
      while (!this.#isEnded && !isEnough(this.#text)) {
        const piece = this.#response.read() as string | null
        // oxlint-disable-next-line no-await-in-loop -- one piece after the other
        if (piece === null) await this.#more()
        else this.#text += piece
      }
      return this.#text
    }
    return withDeadline(read(), ANSWER_MS, `the body did not come: ${this.#text.slice(-200)}`)
  }

  async readAll(): Promise<string> {
    return this.readUntil(() => false)
  }

  /** Goes away without reading to the end. */
  [Symbol.dispose](): void {
    this.#response.destroy()
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const onEnd = (): void => {
      this.#isEnded = true
      resolve()
    }
    this.#response.once('readable', resolve).once('end', onEnd).once('close', onEnd)
    await promise
    this.#response.off('readable', resolve).off('end', onEnd).off('close', onEnd)
  }
}
