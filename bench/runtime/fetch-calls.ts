// The calls of the fetch part: long and short ones, so that what a call costs beside its requests falls out.
import { timeCall } from '../flash/queue-call.ts'
import { WrongAnswer } from '../support/execute-program.ts'
import type { HttpConnection } from '../support/http-connection.ts'
import type { Call } from '../support/load.ts'
import type { FetchKind } from './fetch-work.ts'

/** Requests in the two calls. */
export interface CallLengths {
  readonly short: number
  readonly long: number
}

export const LENGTHS: Readonly<Record<FetchKind, CallLengths>> = {
  small: { short: 10, long: 110 },
  large: { short: 2, long: 22 },
}

/** Who is called, and how. */
export interface Contestant {
  readonly name: string
  readonly connection: HttpConnection
  readonly path: string
}

/** Numbers of requests, none of which comes twice. */
let next = 0

/** Milliseconds of one request among `long` less `short`. Rejects on a wrong answer. */
export async function timeFetch(contestant: Contestant, kind: FetchKind, origin: string): Promise<number> {
  const { short, long } = LENGTHS[kind]
  const shortMs = await timeCall(contestant.connection, fetchCall(contestant.path, kind, origin, short))
  const longMs = await timeCall(contestant.connection, fetchCall(contestant.path, kind, origin, long))
  return (longMs - shortMs) / (long - short)
}

function fetchCall(path: string, kind: FetchKind, origin: string, count: number): Call {
  const first = next
  next += count
  return {
    path,
    body: JSON.stringify({ input: { kind, origin, first, count } }),
    check({ status, body }) {
      const { status: state, output } = (status === 200 ? JSON.parse(body) : {}) as Readonly<Record<string, unknown>>
      if (state !== 'COMPLETED' || output !== count) throw new WrongAnswer(`${path}: ${status} ${body}, not ${count}`)
    },
  }
}
