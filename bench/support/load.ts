// The two ways of sending load: clients that wait for each answer, and arrivals at random times that do not wait.
import { executeProgram } from './execute-program.ts'
import { LoadConnection } from './load-connection.ts'
import type { ProgramCounter } from './program.ts'
import { sleepUntil } from './sleep-until.ts'

export interface LoadResult {
  /** One for each request, from the moment at which it was due to be sent; in order of their answers. */
  readonly latenciesMs: readonly number[]
  /** The same from the moment at which it was sent. */
  readonly fromSendMs: readonly number[]
  /** From the start to the last answer. */
  readonly elapsedMs: number
}

export interface ClosedLoopOptions {
  readonly url: string
  readonly programs: ProgramCounter
  readonly clients: number
  /** Ends with whichever comes first. */
  readonly durationMs: number
  readonly requests?: number
}

/** Each client sends its next request as soon as it has the answer to the last. Rejects on the first wrong answer. */
export async function runClosedLoop(options: ClosedLoopOptions): Promise<LoadResult> {
  const { url, programs, clients, durationMs, requests = Number.POSITIVE_INFINITY } = options
  const latenciesMs: number[] = []
  let begun = 0
  const connections = await openConnections(url, clients)
  const startedAt = performance.now()
  const endsAt = startedAt + durationMs
  try {
    await Promise.all(
      connections.map(async (connection) => {
        while (begun < requests && performance.now() < endsAt) {
          begun++
          const program = programs.next()
          const sentAt = performance.now()
          // oxlint-disable-next-line no-await-in-loop -- a client waits for its answer
          const answer = await executeProgram(connection, program)
          latenciesMs.push(performance.now() - sentAt)
          answer.check()
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
  readonly programs: ProgramCounter
  readonly arrivalsMs: readonly number[]
  /** Requests that may be on their way at once; a further one waits, and its waiting counts. */
  readonly connections: number
}

/**
 * Arrivals are kept whatever the service does, and latency counts from the arrival: a service that stalls is charged for
 * everybody who came meanwhile. Rejects on the first wrong answer.
 */
export async function runOpenLoop({ url, programs, arrivalsMs, ...options }: OpenLoopOptions): Promise<LoadResult> {
  const latenciesMs: number[] = []
  const fromSendMs: number[] = []
  const connections = await openConnections(url, options.connections)
  const idle = [...connections]
  const waiting: ((connection: LoadConnection) => void)[] = []
  const isQuiet = (): boolean => idle.length === connections.length

  const release = (connection: LoadConnection): void => {
    const next = waiting.shift()
    if (next === undefined) idle.push(connection)
    else next(connection)
  }
  const send = async (dueAt: number): Promise<void> => {
    const program = programs.next()
    const connection = idle.pop() ?? (await new Promise<LoadConnection>((resolve) => waiting.push(resolve)))
    const sentAt = performance.now()
    const answer = await executeProgram(connection, program)
    const answeredAt = performance.now()
    latenciesMs.push(answeredAt - dueAt)
    fromSendMs.push(answeredAt - sentAt)
    release(connection)
    answer.check()
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
    for (const connection of connections) connection[Symbol.dispose]()
  }
}

async function openConnections(url: string, count: number): Promise<readonly LoadConnection[]> {
  return Promise.all(Array.from({ length: count }, async () => LoadConnection.open(url)))
}
