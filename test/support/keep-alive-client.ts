// A client that keeps its connections and measures every answer, for tests over the real service.
import { Agent, request as startRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'

const MEBIBYTE = 1_024 * 1_024

export interface ClientAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly durationMs: number
}

/** What `/execute` answered. `code` is null when the code returned. */
export interface ExecuteAnswer {
  readonly status: number
  readonly code: string | null
  readonly success: boolean
  /** The decoded `json_result`; undefined when there is none. */
  readonly value: unknown
  readonly error: string
  readonly stdout: string
  readonly durationMs: number
  /** The whole body, for tests that look for what must not be in it. */
  readonly text: string
}

/** A live request as a test writes it: JSON values, one function. */
export interface LiveRequest {
  readonly source: string
  /** `run` unless it is said. */
  readonly name?: string
  readonly args?: readonly unknown[]
  readonly kwargs?: Readonly<Record<string, unknown>>
  readonly limits?: Readonly<Record<string, number>>
  readonly language?: 'javascript' | 'typescript'
  /** Whether the answer is to say what it took. */
  readonly usage?: boolean
}

export class KeepAliveClient implements Disposable {
  readonly #url: string
  readonly #agent: Agent
  /** What a service with a key wants to see. */
  key: string | null = null

  constructor(url: string, connections = 8) {
    this.#url = url
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  /** Rejects when the connection breaks: a service that loses a request is what these tests look for. */
  send(method: 'GET' | 'POST', path: string, body?: string, signal?: AbortSignal): Promise<ClientAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<ClientAnswer>()
    const startedAt = performance.now()
    const request = startRequest(this.#url + path, {
      method,
      agent: this.#agent,
      ...(signal === undefined ? {} : { signal }),
      headers: {
        ...(this.key === null ? {} : { authorization: `Bearer ${this.key}` }),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const durationMs = performance.now() - startedAt
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, text: Buffer.concat(chunks).toString(), durationMs })
      })
    })
    request.end(body)
    return promise
  }

  async get(path: string): Promise<ClientAnswer> {
    return this.send('GET', path)
  }

  async execute(live: LiveRequest, signal?: AbortSignal): Promise<ExecuteAnswer> {
    const answer = await this.send('POST', '/execute', encodeLive(live), signal)
    return toExecuteAnswer(answer)
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

function encodeLive({ source, name = 'run', args = [], kwargs = {}, limits, language, usage }: LiveRequest): string {
  return JSON.stringify({
    function_name: name,
    function_code: source,
    args,
    kwargs,
    serialization_format: 'json',
    ...(limits === undefined ? {} : { limits }),
    ...(language === undefined ? {} : { language }),
    ...(usage === undefined ? {} : { usage }),
  })
}

interface FunctionResponse {
  readonly success?: boolean
  readonly json_result?: unknown
  readonly error?: string | null
  readonly stdout?: string | null
}

function toExecuteAnswer({ status, headers, text, durationMs }: ClientAnswer): ExecuteAnswer {
  const body = (text.length > 64 * MEBIBYTE ? {} : JSON.parse(text)) as FunctionResponse
  const code = headers['x-error-code']
  return {
    status,
    code: typeof code === 'string' ? code : null,
    success: body.success === true,
    value: body.json_result,
    error: body.error ?? '',
    stdout: body.stdout ?? '',
    durationMs,
    text,
  }
}
