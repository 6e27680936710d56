// The port behind which jobs are kept, in memory or in a file; hence every answer is a promise.
import type { EndpointId } from '../core/deployment.ts'
import type { Failure } from '../errors.ts'
import type { JobStatus } from '../protocol/job-status.ts'
import type { Job } from './job-state.ts'

/** What runs the job (again): text that nobody decodes here. */
export interface JobInput {
  readonly head: string
  readonly code: string
  readonly input: string
}

export interface ListOptions {
  readonly limit: number
  /** Only jobs that were submitted before this time; null for no bound. */
  readonly before: number | null
  /** Null for jobs of every status. */
  readonly status: JobStatus | null
}

/**
 * A store did not do what it was asked for: the promise of the operation rejects with it.
 * The message is for the operator and may name files; `failure` is for clients.
 */
export class JobStoreError extends Error {
  override readonly name = 'JobStoreError'
  readonly failure: Failure = JOBS_UNAVAILABLE
}

export const JOBS_UNAVAILABLE: Failure = {
  code: 'JOBS_UNAVAILABLE',
  message: 'The service can neither keep nor read jobs now; try again later.',
}

/** What a store keeps, beside its bounds. */
export interface StoreFigures {
  readonly jobs: number
  readonly maxJobs: number
  readonly bytes: number
  readonly maxBytes: number
}

/**
 * A job is kept from `add` until its time is over (`retention.ts`) or `remove`, or until a full store lets it go.
 * A full store lets finished jobs go early, those of /runsync first and then those whose time ends first; never an unfinished
 * job, nor one whose webhook is due. Operations take effect in the order in which they are called. Their promises reject with
 * a `JobStoreError` when the store cannot do them; then nothing has changed, except that of what was under way when the store
 * was lost for good (`failure`) nobody knows whether it is stored.
 */
export interface JobStore extends AsyncDisposable {
  /** Whether the next process finds the jobs of this one. */
  readonly isDurable: boolean
  /** Why the store cannot keep jobs any more, for good; null while it can. */
  readonly failure: Failure | null
  /** As far as it is known here without asking. */
  readonly figures: StoreFigures
  /**
   * Keeps a new job; resolves when it is stored. False, and nothing kept, when there is no room even after old results are
   * gone. Rejects for an id that is kept already.
   */
  add(job: Job, input: JobInput): Promise<boolean>
  /**
   * Puts a later state in place of the earlier one, resolves when stored; no effect on a job that is not kept any more.
   * A finished job never goes back to unfinished by this; only `restart` does that. Its first end counts: an update of a
   * finished job changes `expiresAt`, `webhookTries` and `webhookDueAt` only, so that a job without its output may be given.
   * A state of an earlier run (`retries`) has no effect: what is still said of that run is not of this one.
   */
  update(job: Job): Promise<void>
  /**
   * Puts a FAILED or TIMED_OUT job (or, at start, an interrupted one) back into the queue: drops its output and chunks.
   * False, and no effect, when the job or its input is not kept any more.
   */
  restart(job: Job): Promise<boolean>
  /** Null for a job that never was, or whose time is over. */
  get(id: string): Promise<Job | null>
  /** Null when it is not kept any more: only unfinished, FAILED and TIMED_OUT jobs can run again. */
  input(id: string): Promise<JobInput | null>
  remove(id: string): Promise<void>
  /** The jobs that have not finished, oldest first, without output: for the start of the service. */
  unfinished(): Promise<readonly Job[]>
  /** Finished jobs with a webhook that is due by then, oldest due first; fewer than `limit` where outputs are large. */
  dueWebhooks(now: number, limit: number): Promise<readonly Job[]>
  /** Newest first, without output and perhaps with the beginning of the error only, of one endpoint: for /requests. */
  list(endpoint: EndpointId, options: ListOptions): Promise<readonly Job[]>
  /** Adds a chunk of an unfinished job's stream; resolves when stored. `value` is JSON text. */
  addChunk(id: string, value: string): Promise<void>
  /** Takes the oldest chunks that nobody has taken, up to so many characters (at least one); taken ones are gone. */
  takeChunks(id: string, maxCharacters: number): Promise<readonly string[]>
}
