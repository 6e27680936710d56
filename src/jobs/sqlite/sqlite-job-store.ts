// Jobs in a SQLite database that a thread of its own has open: they outlive the service, and nobody waits for the disk here.
import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { EndpointId } from '../../core/deployment.ts'
import type { Failure } from '../../errors.ts'
import type { Job } from '../job-state.ts'
import { JOBS_UNAVAILABLE, JobStoreError } from '../job-store.ts'
import type { JobInput, JobStore, ListOptions, StoreFigures } from '../job-store.ts'
import { toRestarted } from '../retention.ts'
import { CallQueue } from './call-queue.ts'
import { readAnswers } from './flat-messages.ts'
import { MEMORY_FILE } from './messages.ts'
import type { FromThread, JobAndOutput, JobState, JobSync, Kept, ThreadOptions } from './messages.ts'
import { packText, toString } from './text-codec.ts'

/** How often jobs are looked for whose time is over. */
const CLEAN_MS = 1_000

export interface SqliteJobStoreOptions extends Omit<ThreadOptions, 'sync' | 'maxFileBytes'> {
  readonly sync?: JobSync
  /** The file never grows beyond it; twice `maxBytes` and a little when absent. */
  readonly maxFileBytes?: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Told of each operation that failed, such as on a full disk, with a sentence for the operator. */
  readonly onFailed: (message: string) => void
  /** Told once when the store cannot be used any more, with a sentence for the operator. */
  readonly onLost: (message: string) => void
}

export type OpenedJobStore =
  | { readonly ok: true; readonly store: SqliteJobStore }
  | { readonly ok: false; readonly message: string }

const CLOSED = 'The job store is closed.'

export class SqliteJobStore implements JobStore {
  readonly #options: SqliteJobStoreOptions
  readonly #calls: CallQueue
  readonly #cleaner: NodeJS.Timeout
  readonly #exited: Promise<unknown>
  #isCleaning = false
  #failure: Failure | null = null
  /** As the thread last said. */
  #kept: Kept

  private constructor(worker: Worker, options: SqliteJobStoreOptions, kept: Kept) {
    this.#options = options
    this.#kept = kept
    this.#calls = new CallQueue({
      now: options.now,
      post: (message, buffers) => worker.postMessage(message, buffers),
      onFailed: options.onFailed,
    })
    this.#exited = once(worker, 'exit')
    worker.on('message', (message: FromThread) => this.#hear(message))
    worker.on('error', (error: unknown) => this.#lose(this.#describeEnd(error)))
    worker.on('exit', () => this.#lose(this.#describeEnd('it ended')))
    this.#cleaner = setInterval(() => void this.#clean(), CLEAN_MS).unref()
  }

  /** The message of a refusal names the file and says what to do. */
  static async open(options: SqliteJobStoreOptions): Promise<OpenedJobStore> {
    const { file, maxJobs, maxBytes, retentionMs, sync = 'normal' } = options
    const { maxFileBytes = 2 * maxBytes + SPARE_FILE_BYTES } = options
    const threadOptions: ThreadOptions = {
      file,
      sync,
      maxFileBytes,
      maxJobs,
      maxBytes,
      ...(retentionMs === undefined ? {} : { retentionMs }),
    }
    const worker = new Worker(new URL(`thread-main${extname(import.meta.filename)}`, import.meta.url), {
      name: 'jobs',
      workerData: threadOptions,
      env: {},
      execArgv: [],
    })
    try {
      const [first] = (await Promise.race([once(worker, 'message'), failWhenEnded(worker)])) as [FromThread]
      if (first.type === 'opened') return { ok: true, store: new SqliteJobStore(worker, options, first.kept) }
      return { ok: false, message: first.type === 'refused' ? first.message : `${file} cannot be opened.` }
    } catch (error) {
      return { ok: false, message: `${file} cannot be opened (${describe(error)}).` }
    }
  }

  get isDurable(): boolean {
    return this.#options.file !== MEMORY_FILE
  }

  get failure(): Failure | null {
    return this.#failure
  }

  get figures(): StoreFigures {
    const { maxJobs, maxBytes } = this.#options
    return { ...this.#kept, maxJobs, maxBytes }
  }

  add(job: Job, input: JobInput): Promise<boolean> {
    return this.#calls.call(
      'add',
      () => ({
        type: 'add',
        ...pack(job),
        input: { head: packText(input.head), code: packText(input.code), input: packText(input.input) },
      }),
      Boolean,
    )
  }

  update(job: Job): Promise<void> {
    return this.#calls.call('update', () => ({ type: 'update', ...pack(job) }), ignore)
  }

  async restart(job: Job): Promise<boolean> {
    const restarted = withoutOutput(toRestarted(job))
    return this.#calls.call('restart', () => ({ type: 'restart', job: restarted }), Boolean)
  }

  get(id: string): Promise<Job | null> {
    return this.#calls.call(
      'get',
      () => ({ type: 'get', id }),
      (found) => (found === null ? null : unpack(found)),
    )
  }

  input(id: string): Promise<JobInput | null> {
    return this.#calls.call(
      'input',
      () => ({ type: 'input', id }),
      (found) =>
        found === null
          ? null
          : { head: toString(found.head), code: toString(found.code), input: toString(found.input) },
    )
  }

  remove(id: string): Promise<void> {
    return this.#calls.call('remove', () => ({ type: 'remove', id }), ignore)
  }

  unfinished(): Promise<readonly Job[]> {
    return this.#calls.call(
      'unfinished',
      () => ({ type: 'unfinished' }),
      (jobs) => jobs.map(toJob),
    )
  }

  dueWebhooks(now: number, limit: number): Promise<readonly Job[]> {
    return this.#calls.call(
      'dueWebhooks',
      () => ({ type: 'dueWebhooks', until: now, limit }),
      (jobs) => jobs.map(unpack),
    )
  }

  list(endpoint: EndpointId, { limit, before, status }: ListOptions): Promise<readonly Job[]> {
    return this.#calls.call(
      'list',
      () => ({ type: 'list', endpoint, limit, before, status }),
      (jobs) => jobs.map(toJob),
    )
  }

  addChunk(id: string, value: string): Promise<void> {
    return this.#calls.call('addChunk', () => ({ type: 'addChunk', id, value: packText(value) }), ignore)
  }

  takeChunks(id: string, maxCharacters: number): Promise<readonly string[]> {
    return this.#calls.call(
      'takeChunks',
      () => ({ type: 'takeChunks', id, maxCharacters }),
      (values) => values.map(toString),
    )
  }

  /** Does first what was asked for until now. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#cleaner)
    if (this.#failure === null) {
      const closed = this.#calls.call('close', () => ({ type: 'close' }), ignore)
      this.#failure = JOBS_UNAVAILABLE
      await closed.catch(() => undefined)
      this.#calls.fail(new JobStoreError(CLOSED))
    }
    await this.#exited
  }

  #hear(message: FromThread): void {
    switch (message.type) {
      case 'answers':
        this.#kept = { jobs: message.jobs, bytes: message.bytes }
        this.#calls.hear(readAnswers(message.answers))
        break
      case 'lost':
        this.#lose(message.message)
        break
      case 'opened':
      case 'refused':
        break
      default:
        message satisfies never
    }
  }

  /** For good: what was not answered may or may not be stored, and nothing more can be. */
  #lose(message: string): void {
    if (this.#failure !== null) return
    const error = new JobStoreError(message)
    this.#failure = error.failure
    clearInterval(this.#cleaner)
    this.#calls.fail(error)
    this.#options.onLost(message)
  }

  #describeEnd(error: unknown): string {
    return (
      `The thread that keeps the jobs of ${this.#options.file} has ended (${describe(error)}); ` +
      'no job can be taken until the service is started again.'
    )
  }

  /** Until nothing is left whose time is over, a few jobs at a time, so that others come between. */
  async #clean(): Promise<void> {
    if (this.#isCleaning) return
    this.#isCleaning = true
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      while (await this.#calls.call('clean', () => ({ type: 'clean' }), Boolean));
    } catch {
      // Whoever uses the store hears of it too; the next second tries again.
    } finally {
      this.#isCleaning = false
    }
  }
}

/** Beside the jobs themselves: empty pages and indices. */
const SPARE_FILE_BYTES = 64 * 1024 * 1024

async function failWhenEnded(worker: Worker): Promise<never> {
  await once(worker, 'exit')
  throw new Error('its thread ended')
}

function ignore(): void {
  // The operation gives nothing.
}

function withoutOutput(job: Job): JobState {
  const state: Job = { ...job, output: null }
  return state
}

function pack(job: Job): JobAndOutput {
  return { job: withoutOutput(job), output: job.output === null ? null : packText(job.output) }
}

function unpack({ job, output }: JobAndOutput): Job {
  return { ...job, output: output === null ? null : toString(output) }
}

function toJob(job: JobState): Job {
  return { ...job, output: null }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
