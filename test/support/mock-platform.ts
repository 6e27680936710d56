// The platform's queue as a real server on loopback: gives jobs, takes results, and keeps every request that it got.
import type { ServerResponse } from 'node:http'
import { LoopbackServer, answerJson } from './loopback-server.ts'
import type { Asked } from './loopback-server.ts'
import { waitFor } from './service-process.ts'

export const ROUTES = ['job-take', 'job-take-batch', 'job-done', 'job-stream', 'job-stop', 'ping'] as const
export type PlatformRoute = (typeof ROUTES)[number]

export interface MockPlatformOptions {
  /** How long it holds a request for jobs or stop signals when there are none. */
  readonly pollMs?: number
  /** Answers in place of the platform; false leaves the request to it. */
  readonly misbehave?: (response: ServerResponse, asked: Asked, route: PlatformRoute) => boolean
}

const KEY = 'KEY123'
const WORKER = 'pod-1'
const WAIT_MS = 20_000

interface Waiting {
  readonly response: ServerResponse
  readonly batch: number | null
}

export class MockPlatform implements AsyncDisposable {
  readonly #server: LoopbackServer
  readonly #queue: unknown[] = []
  readonly #stops: unknown[] = []
  readonly #takers = new Set<Waiting>()
  readonly #listeners = new Set<Waiting>()
  #options: MockPlatformOptions

  private constructor(server: LoopbackServer, options: MockPlatformOptions) {
    this.#server = server
    this.#options = options
  }

  static async start(options: MockPlatformOptions = {}): Promise<MockPlatform> {
    const opened: { platform: MockPlatform | null } = { platform: null }
    const server = await LoopbackServer.start((response, asked) => opened.platform?.answer(response, asked))
    return (opened.platform = new MockPlatform(server, options))
  }

  /** The variables that lead a worker here. */
  get env(): Readonly<Record<string, string>> {
    const base = `${this.#server.url}/v2/ep-1`
    return {
      RUNPOD_WEBHOOK_GET_JOB: `${base}/job-take/$ID?gpu=X`,
      RUNPOD_WEBHOOK_POST_OUTPUT: `${base}/job-done/$RUNPOD_POD_ID/$ID?gpu=X`,
      RUNPOD_WEBHOOK_POST_STREAM: `${base}/job-stream/$RUNPOD_POD_ID/$ID?gpu=X`,
      RUNPOD_WEBHOOK_PING: `${base}/ping/$RUNPOD_POD_ID?gpu=X`,
      RUNPOD_PING_INTERVAL: '200',
      RUNPOD_AI_API_KEY: KEY,
      RUNPOD_POD_ID: WORKER,
    }
  }

  /** What it does from now on in place of what it does. */
  misbehave(how: MockPlatformOptions['misbehave']): void {
    const { misbehave: _, ...rest } = this.#options
    this.#options = how === undefined ? rest : { ...rest, misbehave: how }
  }

  give(...jobs: readonly unknown[]): void {
    this.#queue.push(...jobs)
    for (const taker of this.#takers) if (this.#queue.length > 0) this.#answerTaker(taker)
  }

  stopJobs(...ids: readonly unknown[]): void {
    this.#stops.push(...ids)
    for (const listener of this.#listeners) this.#answerListener(listener)
  }

  requests(...routes: readonly PlatformRoute[]): readonly Asked[] {
    return this.#server.asked.filter((asked) => routes.includes(routeOf(asked)))
  }

  /** Requests for jobs that wait for one now. */
  get waitingTakers(): number {
    return this.#takers.size
  }

  /** What it was told of a job, in the order in which it came. */
  told(id: string): readonly Asked[] {
    const segment = `/${encodeURIComponent(id)}?`
    return this.requests('job-done', 'job-stream').filter(({ path }) => path.includes(segment))
  }

  /** The body of the job's end, as soon as that is there. */
  async end(id: string): Promise<unknown> {
    const ends = (): readonly unknown[] =>
      this.told(id)
        .filter((asked) => routeOf(asked) === 'job-done')
        .map(({ body }) => JSON.parse(body) as Record<string, unknown>)
        .filter((body) => body['status'] !== 'IN_PROGRESS')
    await this.until(() => ends().length > 0, `the platform never heard of the end of ${id}`)
    return ends()[0]
  }

  async until(condition: () => boolean, sentence: string): Promise<void> {
    await waitFor(condition, WAIT_MS, sentence)
  }

  answer(response: ServerResponse, asked: Asked): void {
    const route = routeOf(asked)
    if (this.#options.misbehave?.(response, asked, route) === true) return
    const batch = new URL(asked.path, this.#server.url).searchParams.get('batch_size')
    const waiting = { response, batch: batch === null ? null : Number(batch) }
    switch (route) {
      case 'job-take':
      case 'job-take-batch':
        if (this.#queue.length > 0) this.#answerTaker(waiting)
        else this.#hold(this.#takers, waiting)
        break
      case 'job-stop':
        if (this.#stops.length > 0) this.#answerListener(waiting)
        else this.#hold(this.#listeners, waiting)
        break
      case 'job-done':
      case 'job-stream':
      case 'ping':
        response.writeHead(200).end()
        break
      default:
        route satisfies never
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }

  #answerTaker(taker: Waiting): void {
    this.#takers.delete(taker)
    const jobs = this.#queue.splice(0, taker.batch ?? 1)
    answerJson(taker.response, taker.batch === null ? jobs[0] : jobs)
  }

  #answerListener(listener: Waiting): void {
    this.#listeners.delete(listener)
    answerJson(listener.response, { jobsToStop: this.#stops.splice(0) })
  }

  #hold(holders: Set<Waiting>, waiting: Waiting): void {
    const { response } = waiting
    holders.add(waiting)
    const timer = setTimeout(() => response.writeHead(204).end(), this.#options.pollMs ?? 500)
    response.on('close', () => {
      clearTimeout(timer)
      holders.delete(waiting)
    })
  }
}

function routeOf({ path }: Asked): PlatformRoute {
  const segment = path.split('/')[3] ?? ''
  const route = ROUTES.find((one) => one === segment)
  if (route === undefined) throw new Error(`the platform has no route ${path}`)
  return route
}
