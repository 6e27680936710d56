// The worker of the platform's queue: takes jobs, runs them through the waist, posts what they give, and says that it lives.
import type { Deployment } from '../core/deployment.ts'
import { parseInput } from '../jobs/parse-input.ts'
import { describeFailure } from '../protocol/failure-text.ts'
import { heldCharacters } from '../protocol/parse.ts'
import { pingUnfit, runPingLoop } from './ping-loop.ts'
import type { PingOptions } from './ping-loop.ts'
import { PlatformClient } from './platform-client.ts'
import type { PlatformConfig } from './platform-environment.ts'
import { PlatformJobs } from './platform-jobs.ts'
import type { PlatformCounts } from './platform-jobs.ts'
import { pause, PLATFORM_TIMING } from './platform-timing.ts'
import type { PlatformTiming } from './platform-timing.ts'
import { createPlatformUrls } from './platform-urls.ts'
import type { PlatformUrls } from './platform-urls.ts'
import { createPostToPlatform } from './post-to-platform.ts'
import type { PostToPlatform } from './post-to-platform.ts'
import { writeError } from './result-body.ts'
import { runJob } from './run-job.ts'
import type { JobEnd, RunJobOptions } from './run-job.ts'
import { runStopLoop } from './stop-loop.ts'
import type { LostJob, PlatformJob } from './take-answer.ts'
import { runTakeLoop } from './take-loop.ts'
import type { AnswerLease } from './take-loop.ts'

type LogLine = (fields: Readonly<Record<string, unknown>>, message: string) => void

export interface PlatformWorkerOptions extends Pick<
  RunJobOptions,
  'execute' | 'tenant' | 'inputBytes' | 'honorsRefresh' | 'onDefect'
> {
  readonly config: PlatformConfig
  /** Of the program. */
  readonly version: string
  /** What requests without code are served from now. */
  readonly findDeployment: () => Deployment | null
  /** How many jobs may run now; at least 1. */
  readonly concurrency: () => number
  readonly ready: () => 'starting' | 'ready' | 'unhealthy'
  /** Room in what the service holds at once; null when there is none. */
  readonly reserve: (bytes: number) => AnswerLease | null
  readonly log: Readonly<Record<'debug' | 'info' | 'warn' | 'error', LogLine>>
  readonly timing?: PlatformTiming
  readonly random?: () => number
}

export class PlatformWorker implements AsyncDisposable {
  readonly #options: PlatformWorkerOptions
  readonly #timing: PlatformTiming
  readonly #client: PlatformClient
  readonly #urls: PlatformUrls
  readonly #post: PostToPlatform
  readonly #jobs: PlatformJobs
  readonly #stopping = new AbortController()
  readonly #ending = new AbortController()
  readonly #unfit = Promise.withResolvers<string>()
  /** The last of the errors of jobs that never ran: they go to the platform one after the other, however many come. */
  #refusals: Promise<void> = Promise.resolve()
  #taking: Promise<void> = Promise.resolve()
  #beside: Promise<unknown> = Promise.resolve()

  constructor(options: PlatformWorkerOptions) {
    this.#options = options
    const { config, version } = options
    this.#timing = options.timing ?? PLATFORM_TIMING
    this.#client = new PlatformClient({ apiKey: config.apiKey, userAgent: `worker-isolate/${version}` })
    this.#urls = createPlatformUrls(config)
    this.#post = createPostToPlatform(this.#client.ask, this.#timing)
    const runOptions: RunJobOptions = {
      ...options,
      urls: this.#urls,
      post: this.#post,
      names: { workerId: config.workerId, hostname: config.hostname, version },
      onProgressLost: (requestId, posted) =>
        options.log.warn({ requestId, ...posted }, 'the progress of a job was not taken by the platform'),
    }
    this.#jobs = new PlatformJobs({
      run: async (job) => runJob(job, runOptions),
      concurrency: options.concurrency,
      now: () => performance.now(),
      onEnd: (id, end, durationMs) => this.#logEnd(id, end, durationMs),
    })
  }

  /** Resolves with the reason when the worker cannot work and has told the platform so; never otherwise. */
  get unfit(): Promise<string> {
    return this.#unfit.promise
  }

  get counts(): PlatformCounts {
    return this.#jobs.counts
  }

  /** Begins to take jobs as soon as the service is ready. To be called once. */
  start(): void {
    this.#taking = this.#takeWhenReady().catch(this.#options.onDefect)
  }

  /** Takes no further job; settles when those that were taken have ended and the platform knows. */
  async drain(): Promise<void> {
    this.#stopping.abort()
    await this.#taking
    await Promise.all([this.#jobs.drained(), this.#refusals])
  }

  /** Stops what still runs, without a word to the platform, which gives it to another worker. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    const { ids } = this.#jobs
    if (ids.length > 0) this.#options.log.error({ jobIds: ids }, 'jobs of the platform were cut off by the end')
    this.#ending.abort()
    await Promise.all([this.#taking, this.#jobs[Symbol.asyncDispose](), this.#beside, this.#refusals])
    await this.#client[Symbol.asyncDispose]()
    this.#options.log.info({ ...this.counts }, 'the platform worker has ended')
  }

  async #takeWhenReady(): Promise<void> {
    const { ready, config, log } = this.#options
    // oxlint-disable-next-line no-await-in-loop -- a poll that the end of the service ends
    while (ready() === 'starting' && !this.#stopping.signal.aborted) await this.#pauseForReady()
    if (this.#stopping.signal.aborted) return
    if (ready() === 'unhealthy') {
      await pingUnfit(this.#pingOptions(), UNFIT)
      this.#unfit.resolve(UNFIT.reason)
      return
    }
    log.info({ workerId: config.workerId, concurrency: this.#options.concurrency() }, 'jobs of the platform are taken')
    this.#beside = Promise.all([runPingLoop(this.#pingOptions()), this.#listenForStops()]).catch(this.#options.onDefect)
    await this.#take()
  }

  async #pauseForReady(): Promise<void> {
    await pause(this.#timing.readyMs, this.#stopping.signal)
  }

  async #take(): Promise<void> {
    const { concurrency, ready, inputBytes, reserve, log, random = Math.random } = this.#options
    await runTakeLoop({
      ask: this.#client.ask,
      urls: this.#urls,
      timing: this.#timing,
      now: () => performance.now(),
      random,
      room: () => {
        const { size } = this.#jobs
        return { wanted: ready() === 'ready' ? concurrency() - size : 0, isBusy: size > 0 }
      },
      nextRoom: async () => this.#jobs.nextEnd(),
      jobBytes: inputBytes,
      reserve,
      onJobs: (jobs, lost) => {
        for (const one of lost) this.#refuse(one)
        return jobs.filter((job) => this.#add(job)).length
      },
      onProblem: (problem) => log.warn({ problem }, 'no jobs can be taken from the platform'),
      stopping: this.#stopping.signal,
      signal: this.#ending.signal,
    })
  }

  /** False for a job that is here already. */
  #add({ id, input, mayHaveRareNumbers, policy, policyProblem }: PlatformJob): boolean {
    const { findDeployment, reserve, log } = this.#options
    if (policyProblem !== null) log.warn({ requestId: id, policyProblem }, 'the policy of a job is not followed')
    const deployment = findDeployment()
    const parsed = parseInput(input, mayHaveRareNumbers, deployment)
    const lease = reserve(heldCharacters(parsed))
    if (lease === null) {
      const message = 'There is no room for the input: bodies and answers in flight fill what the service may hold.'
      this.#refuse({ id, failure: { code: 'BUFFERS_FULL', message } })
      return true
    }
    const isNew = this.#jobs.add({ id, parsed, deployment, policy, onInputFree: () => lease.release() })
    if (!isNew) {
      lease.release()
      log.warn({ requestId: id }, 'the platform gives a job that is here already; it runs once')
    }
    return isNew
  }

  /** A job that cannot run ends with an error, if it has an id to end by. */
  #refuse({ id, failure }: LostJob): void {
    const { log } = this.#options
    log.error({ requestId: id, code: failure.code, problem: failure.message }, 'a job of the platform cannot run')
    if (id === null) return
    this.#refusals = this.#refusals.then(async () => this.#postRefusal(id, writeError(describeFailure(failure))))
  }

  async #postRefusal(id: string, body: string): Promise<void> {
    const url = this.#urls.done(id, false)
    const posted = await this.#post({ url, body, jobId: id, signal: this.#ending.signal })
    if (posted.type === 'taken') return
    this.#options.log.error({ requestId: id, ...posted }, 'the error of a job could not be posted')
  }

  async #listenForStops(): Promise<void> {
    const { log, random = Math.random } = this.#options
    const { stop: url } = this.#urls
    if (url === null) {
      log.warn({}, 'the URL of the platform has no segment job-take: no stop signals are heard')
      return
    }
    await runStopLoop({
      ask: this.#client.ask,
      url,
      timing: this.#timing,
      now: () => performance.now(),
      random,
      onStop: (jobIds) => {
        const known = jobIds.filter((id) => this.#jobs.stop(id))
        log.info({ jobIds: known, unknown: jobIds.length - known.length }, 'the platform stops jobs')
      },
      onProblem: (problem) => log.warn({ problem }, 'no stop signals can be heard from the platform'),
      signal: this.#ending.signal,
    })
  }

  #pingOptions(): PingOptions {
    const { config, version, log } = this.#options
    return {
      ask: this.#client.ask,
      urls: this.#urls,
      version,
      intervalMs: config.pingIntervalMs,
      jobIds: () => this.#jobs.ids,
      onChange: (problem) =>
        problem === null
          ? log.info({}, 'pings reach the platform again')
          : log.warn({ problem }, 'pings do not reach the platform'),
      signal: this.#ending.signal,
    }
  }

  /** What the code said and gave is nobody's business here. */
  #logEnd(requestId: string, { type, usage, ...end }: JobEnd, durationMs: number): void {
    const { log } = this.#options
    const facts = { requestId, end: type, ...end, durationMs: Math.round(durationMs) }
    const spent = usage === null ? {} : { cpuMs: Math.round(usage.cpuMs), wallMs: Math.round(usage.wallMs) }
    const { lostResults } = this.#jobs.counts
    if (type === 'posted' || type === 'stopped') log.info({ ...facts, ...spent }, 'a job of the platform has ended')
    else log.error({ ...facts, ...spent, lostResults }, 'the result of a job was not taken by the platform')
  }
}

const UNFIT = { check: 'executors', reason: 'no executor process can be started' }
