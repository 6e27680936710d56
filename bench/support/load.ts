// The two ways of sending load: clients that wait for each answer, and arrivals at random times that do not wait.
import { HttpConnection } from './http-connection.ts'
import type { HttpAnswer } from './http-connection.ts'
import { sleepUntil } from './sleep-until.ts'

export interface LoadResult {
  /** One for each request, from the moment at which it was due to be sent; in order of their answers. */
  readonly latenciesMs: readonly number[]
  /** The same from the moment at which it was sent. */
  readonly fromSendMs: readonly number[]
  /** From the start to the last answer. */
  readonly elapsedMs: number
}

export interface Call {
  readonly path: string
  readonly body: string
  /** Throws a WrongAnswer. */
  check(answer: HttpAnswer): void
}

export interface ClosedLoopOptions {
  readonly url: string
  /** Made when it is about to be sent. */
  readonly next: () => Call
  readonly clients: number
  /** Ends with whichever comes first. */
  readonly durationMs: number
  readonly requests?: number
}

/** Each client sends its next call as soon as it has the answer to the last. Rejects on the first wrong answer. */
export async function runClosedLoop(options: ClosedLoopOptions): Promise<LoadResult> {
  const { url, next, clients, durationMs, requests = Number.POSITIVE_INFINITY } = options
  const latenciesMs: number[] = []
  let begun = 0
  const connections = await Promise.all(Array.from({ length: clients }, async () => HttpConnection.open(url)))
  const startedAt = performance.now()
  const endsAt = startedAt + durationMs
  try {
    await Promise.all(
      connections.map(async (connection) => {
        while (begun < requests && performance.now() < endsAt) {
          begun++
          const call = next()
          const sentAt = performance.now()
          // oxlint-disable-next-line no-await-in-loop -- a client waits for its answer
          const answer = await connection.post(call.path, call.body)
          latenciesMs.push(performance.now() - sentAt)
          call.check(answer)
        }
      }),
    )
    return { latenciesMs, fromSendMs: latenciesMs, elapsedMs: performance.now() - startedAt }
  } finally {
    for (const connection of connections) connection[Symbol.dispose]()
  }
}

export interface OpenLoopOptions {
  readonly url: string
  readonly next: () => Call
  readonly arrivalsMs: readonly number[]
  /** Calls that may be on their way at once; a further one waits, and its waiting counts. */
  readonly connections: number
  /** A connection that breaks is then no wrong answer: it is told here, and another one takes its place. */
  readonly onBroken?: (error: unknown) => void
  /** Whether the thread may sleep without looking for answers while no call is on its way; yes unless told otherwise. */
  readonly isQuiet?: () => boolean
}

/**
 * Arrivals are kept whatever the service does, and latency counts from the arrival: a service that stalls is charged for
 * everybody who came meanwhile. Rejects on the first wrong answer.
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<LoadResult> {
  const { url, next, arrivalsMs, onBroken } = options
  const latenciesMs: number[] = []
  const fromSendMs: number[] = []
  const open = new Set(
    await Promise.all(Array.from({ length: options.connections }, async () => HttpConnection.open(url))),
  )
  const idle = [...open]
  const waiting: ((connection: HttpConnection) => void)[] = []
  const isQuiet = (): boolean => idle.length === options.connections && (options.isQuiet?.() ?? true)

  const release = (connection: HttpConnection): void => {
    const first = waiting.shift()
    if (first === undefined) idle.push(connection)
    else first(connection)
  }
  const replace = async (broken: HttpConnection): Promise<void> => {
    open.delete(broken)
    const connection = await HttpConnection.open(url)
    open.add(connection)
    release(connection)
  }
  const send = async (dueAt: number): Promise<void> => {
    const connection = idle.pop() ?? (await new Promise<HttpConnection>((resolve) => waiting.push(resolve)))
    const call = next()
    const sentAt = performance.now()
    const answer = await connection.post(call.path, call.body).catch((error: unknown) => {
      if (onBroken === undefined) throw error
      onBroken(error)
      return null
    })
    if (answer === null) return replace(connection)
    const answeredAt = performance.now()
    latenciesMs.push(answeredAt - dueAt)
    fromSendMs.push(answeredAt - sentAt)
    release(connection)
    call.check(answer)
  }

  const startedAt = performance.now()
  const sent: Promise<void>[] = []
  let failure: unknown = null
  try {
    for (const arrivalMs of arrivalsMs) {
      // oxlint-disable-next-line no-await-in-loop -- until the next arrival
      await sleepUntil(startedAt + arrivalMs, isQuiet)
      if (failure !== null) break
      sent.push(send(startedAt + arrivalMs).catch((error: unknown) => void (failure ??= error)))
    }
    await Promise.all(sent)
    if (failure !== null) throw failure
    return { latenciesMs, fromSendMs, elapsedMs: performance.now() - startedAt }
  } finally {
    for (const connection of open) connection[Symbol.dispose]()
  }
}
