// A healthy client beside a hostile one: it loses nothing, or the test fails.
// It lives on a thread of its own, so that what the test does meanwhile is not taken for a slow service.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export interface SentinelReport {
  /** What was answered wrongly or not at all, in words. */
  readonly lost: readonly string[]
  readonly callsMs: readonly number[]
  readonly pings: PingTimes
}

/** What the thread of the sentinel tells. */
export interface SentinelCounts {
  readonly lost: readonly string[]
  readonly callsMs: readonly number[]
  readonly pingsMs: readonly number[]
  /** What a server that does nothing took at the same moments, ping by ping. */
  readonly referenceMs: readonly number[]
}

export class Sentinel implements AsyncDisposable {
  readonly #worker: Worker
  #isOn = false

  private constructor(worker: Worker) {
    this.#worker = worker
  }

  static async create(url: string): Promise<Sentinel> {
    const worker = new Worker(new URL('../fixtures/sentinel-worker.ts', import.meta.url), { workerData: url })
    await once(worker, 'message')
    return new Sentinel(worker)
  }

  /** Resolves after the first answered call, so that what follows is beside a client that works. */
  async start(): Promise<void> {
    this.#isOn = true
    this.#worker.postMessage('start')
    await this.callsMore(1)
  }

  /** Resolves after so many further calls. */
  async callsMore(calls: number): Promise<void> {
    const wanted = (await this.#count()) + calls
    // oxlint-disable-next-line no-await-in-loop -- a poll; every call of the sentinel ends
    while ((await this.#count()) < wanted) await new Promise((resolve) => setTimeout(resolve, 2))
  }

  /** Lets the calls under way end, and tells what happened since `start`. */
  async stop(): Promise<SentinelReport> {
    if (!this.#isOn) throw new Error('the sentinel is not running')
    this.#isOn = false
    const { lost, callsMs, pingsMs, referenceMs } = (await this.#ask('stop')) as SentinelCounts
    return { lost, callsMs, pings: new PingTimes(pingsMs, referenceMs) }
  }

  async #count(): Promise<number> {
    return (await this.#ask('count')) as number
  }

  async #ask(message: 'stop' | 'count'): Promise<unknown> {
    const answered = once(this.#worker, 'message')
    this.#worker.postMessage(message)
    const [answer] = (await answered) as [unknown]
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }
}

/** How late pings are, over what a server that does nothing made of the same moments. */
export class PingTimes {
  readonly #pingsMs: readonly number[]
  readonly #referenceMs: readonly number[]

  constructor(pingsMs: readonly number[], referenceMs: readonly number[]) {
    this.#pingsMs = pingsMs
    this.#referenceMs = referenceMs
  }

  static join(all: readonly PingTimes[]): PingTimes {
    return new PingTimes(
      all.flatMap((one) => one.#pingsMs),
      all.flatMap((one) => one.#referenceMs),
    )
  }

  get count(): number {
    return this.#pingsMs.length
  }

  get percentile99Ms(): number {
    return Math.max(0, percentile99(this.#pingsMs) - percentile99(this.#referenceMs))
  }

  get maxMs(): number {
    return Math.max(0, Math.max(...this.#pingsMs) - Math.max(...this.#referenceMs))
  }
}

/** The value that 99 of 100 do not exceed, and all but one of fewer. */
function percentile99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.floor(sorted.length * 0.99) - 1)] ?? 0
}
