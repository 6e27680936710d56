// A broker of requests to other hosts that answers from a table, and counts what it is asked and how far it is read.
import type {
  EgressBroker,
  EgressExchange,
  EgressHeadResult,
  EgressPiece,
  EgressRequestHead,
  EgressResponseHead,
} from '../../src/core/egress.ts'
import type { Task } from '../../src/core/task.ts'
import type { Failure } from '../../src/errors.ts'

export interface FakeAnswer {
  readonly head?: Partial<EgressResponseHead>
  /** Pieces of the body, one for each reading; absent for none. A failure ends it. */
  readonly body?: Iterable<Piece> | AsyncIterable<Piece>
}

type Piece = string | Uint8Array | Failure

/** A failure, or what is answered. */
type Route = (request: FakeRequest) => FakeAnswer | Failure | Promise<FakeAnswer | Failure>

export class FakeRequest {
  readonly taskId: string
  readonly head: EgressRequestHead
  readonly deadlineMs: number
  readonly pieces: Uint8Array[] = []
  /** How many pieces of the answer were read. */
  read = 0
  isCancelled = false
  readonly #started = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()
  /** What `write` of the broker answers to the next piece; it is held back as long as this has not settled. */
  takes: Promise<boolean> = Promise.resolve(true)

  constructor(taskId: string, head: EgressRequestHead, deadlineMs: number) {
    this.taskId = taskId
    this.head = head
    this.deadlineMs = deadlineMs
  }

  /** Settles with the whole body of the request when it is complete. */
  async body(): Promise<Buffer> {
    await this.#ended.promise
    return Buffer.concat(this.pieces)
  }

  /** Settles with the first piece of the request's body. */
  get started(): Promise<void> {
    return this.#started.promise
  }

  wrote(): void {
    this.#started.resolve()
  }

  end(): void {
    this.#ended.resolve()
  }
}

export class FakeBroker implements EgressBroker {
  readonly requests: FakeRequest[] = []
  /** Ids of tasks of which the broker was told that they are over. */
  readonly over: string[] = []
  /** By the path of the URL. */
  readonly #routes: Readonly<Record<string, Route>>

  constructor(routes: Readonly<Record<string, Route>>) {
    this.#routes = routes
  }

  open(task: Task, head: EgressRequestHead, deadlineMs: number): EgressExchange {
    const request = new FakeRequest(task.id, head, deadlineMs)
    this.requests.push(request)
    const route = this.#routes[URL.parse(head.url)?.pathname ?? '']
    const answered = answer(route, request)
    let iterator: AsyncIterator<Piece> | Iterator<Piece> | null = null
    return {
      head: answered.then((given): EgressHeadResult => {
        if ('code' in given) return { ok: false, failure: given }
        return { ok: true, head: toHead(head, given) }
      }),
      write: async (bytes) => {
        request.pieces.push(bytes)
        request.wrote()
        return request.takes
      },
      end: () => request.end(),
      read: async () => {
        request.read++
        const { body = [] } = (await answered) as FakeAnswer
        iterator ??= Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]()
        const step = await iterator.next()
        return step.done === true ? { ok: true, bytes: null } : toPiece(step.value)
      },
      cancel: () => {
        request.isCancelled = true
      },
    }
  }

  ended(taskId: string): void {
    this.over.push(taskId)
  }

  /** Of the one task that made requests with this path. */
  of(path: string): readonly FakeRequest[] {
    return this.requests.filter(({ head }) => URL.parse(head.url)?.pathname === path)
  }
}

async function answer(route: Route | undefined, request: FakeRequest): Promise<FakeAnswer | Failure> {
  if (route === undefined) return { code: 'EGRESS_DENIED', message: `No rule allows ${request.head.url}.` }
  return route(request)
}

function toHead({ url }: EgressRequestHead, { head, body }: FakeAnswer): EgressResponseHead {
  return {
    status: 200,
    statusText: 'OK',
    headers: [['content-type', 'text/plain']],
    url,
    isRedirected: false,
    hasBody: body !== undefined,
    ...head,
  }
}

function toPiece(piece: Piece): EgressPiece {
  if (typeof piece === 'string') return { ok: true, bytes: Buffer.from(piece) }
  return piece instanceof Uint8Array ? { ok: true, bytes: piece } : { ok: false, failure: piece }
}
