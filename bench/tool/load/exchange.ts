// One request of a load, ready to be sent, and how its answer is judged.

export interface Exchange {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent one after the other: what is large is the same buffer in every request. */
  readonly body: readonly Buffer[]
  /** Null, or what is wrong with the answer in one short sentence. */
  judge(answer: Answer): string | null
}

export interface Answer {
  readonly status: number
  readonly body: Buffer
  readonly serverTiming: string
}

/** What is measured as one request: the timed exchange, with what has to be there before it. */
export interface Step {
  readonly before: readonly Exchange[]
  readonly timed: Exchange
  readonly after: readonly Exchange[]
  /** What the latency ends with: the whole answer, or the first bytes of its body. */
  readonly until: 'end' | 'first chunk'
}

/** Programs of one client, one after the other. */
export type NextStep = () => Step

const JSON_TYPE = { 'content-type': 'application/json' }

export function jsonExchange(
  path: string,
  body: readonly Buffer[] | string,
  judge: (answer: Answer) => string | null,
  headers: Readonly<Record<string, string>> = {},
): Exchange {
  const parts = typeof body === 'string' ? [Buffer.from(body)] : body
  return { method: 'POST', path, headers: { ...JSON_TYPE, ...headers }, body: parts, judge }
}

export function stepOf(timed: Exchange): Step {
  return { before: [], timed, after: [], until: 'end' }
}

const SHOWN_CHARACTERS = 200

export function describeAnswer({ status, body }: Answer): string {
  return `status ${status}: ${body.toString('utf8', 0, SHOWN_CHARACTERS)}`
}
