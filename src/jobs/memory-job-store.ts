// Jobs in the memory of the front process, bounded by count and bytes; they end with it.
import type { EndpointId } from '../core/deployment.ts'
import { isUnfinished } from '../protocol/job-status.ts'
import { DueQueue } from './due-queue.ts'
import type { Job, JobDoor } from './job-state.ts'
import type { JobInput, JobStore, ListOptions, StoreFigures } from './job-store.ts'
import {
  CHUNK_BYTES,
  RETENTION_MS,
  WEBHOOK_ANSWER_BYTES,
  afterEnd,
  canRunAgain,
  endOf,
  inputBytes,
  isEvictable,
  stateBytes,
  textBytes,
  toRestarted,
} from './retention.ts'
import type { StoreBounds } from './retention.ts'

export interface MemoryJobStoreOptions extends StoreBounds {
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Which jobs go first: each is in one of these queues, by its end. */
const QUEUES = ['runsync', 'run', 'held'] as const
type QueueName = (typeof QUEUES)[number]

interface Kept {
  /** In the order of coming. */
  readonly order: number
  job: Job
  input: JobInput | null
  readonly chunks: string[]
  bytes: number
}

export class MemoryJobStore implements JobStore {
  readonly isDurable: boolean = false
  readonly failure = null
  readonly #options: MemoryJobStoreOptions
  readonly #retentionMs: Readonly<Record<JobDoor, number>>
  readonly #jobs = new Map<string, Kept>()
  /** `held` are the jobs that only their `expiresAt` ends. */
  readonly #ends: Readonly<Record<QueueName, DueQueue>> = {
    runsync: new DueQueue(),
    run: new DueQueue(),
    held: new DueQueue(),
  }
  readonly #webhooks = new DueQueue()
  #bytes = 0
  #evictableBytes = 0
  #order = 0

  constructor(options: MemoryJobStoreOptions) {
    this.#options = options
    this.#retentionMs = options.retentionMs ?? RETENTION_MS
  }

  get figures(): StoreFigures {
    const { maxJobs, maxBytes } = this.#options
    return { jobs: this.#jobs.size, maxJobs, bytes: this.#bytes, maxBytes }
  }

  async add(job: Job, input: JobInput): Promise<boolean> {
    if (this.#find(job.id) !== undefined) throw new Error(`A job ${job.id} is kept already.`)
    const bytes = stateBytes(job) + inputBytes(input)
    if (!this.#hasRoom(bytes, 1)) return false
    this.#makeRoom(bytes, 1)
    this.#order += 1
    const kept: Kept = { order: this.#order, job, input, chunks: [], bytes }
    this.#jobs.set(job.id, kept)
    this.#count(kept, 1)
    this.#place(kept)
    return true
  }

  async update(job: Job): Promise<void> {
    const kept = this.#find(job.id)
    if (kept === undefined || kept.job.retries !== job.retries) return
    if (!isUnfinished(kept.job.status)) {
      if (!isUnfinished(job.status)) this.#put(kept, { job: afterEnd(kept.job, job) })
      return
    }
    const input = canRunAgain(job) ? kept.input : null
    const freed = kept.input === input || kept.input === null ? 0 : inputBytes(kept.input)
    const bytes = kept.bytes + stateBytes(job) - stateBytes(kept.job) - freed
    this.#makeRoom(bytes - kept.bytes, 0)
    this.#put(kept, { job, input, bytes })
  }

  async restart(job: Job): Promise<boolean> {
    const restarted = toRestarted(job)
    const kept = this.#find(job.id)
    if (kept === undefined || kept.input === null) return false
    const bytes = stateBytes(restarted) + inputBytes(kept.input)
    kept.chunks.length = 0
    this.#put(kept, { job: restarted, bytes })
    return true
  }

  async get(id: string): Promise<Job | null> {
    return this.#find(id)?.job ?? null
  }

  async input(id: string): Promise<JobInput | null> {
    return this.#find(id)?.input ?? null
  }

  async remove(id: string): Promise<void> {
    const kept = this.#jobs.get(id)
    if (kept !== undefined) this.#drop(kept)
  }

  async unfinished(): Promise<readonly Job[]> {
    this.#dropExpired()
    const jobs = [...this.#jobs.values()].filter(({ job }) => isUnfinished(job.status))
    return jobs.toSorted((one, other) => compareAge(one, other)).map(withoutOutput)
  }

  async dueWebhooks(now: number, limit: number): Promise<readonly Job[]> {
    this.#dropExpired()
    let count = 0
    let bytes = 0
    const isEnough = (id: string): boolean => {
      bytes += textBytes(this.#jobs.get(id)?.job.output ?? null)
      count += 1
      return count > limit || (count > 1 && bytes > WEBHOOK_ANSWER_BYTES)
    }
    return this.#webhooks.take(now, isEnough).flatMap((id) => this.#jobs.get(id)?.job ?? [])
  }

  async list(endpoint: EndpointId, { limit, before, status }: ListOptions): Promise<readonly Job[]> {
    this.#dropExpired()
    const jobs = [...this.#jobs.values()].filter(
      ({ job }) =>
        job.endpoint === endpoint &&
        (status === null || job.status === status) &&
        (before === null || job.submittedAt < before),
    )
    return jobs
      .toSorted((one, other) => compareAge(other, one))
      .slice(0, Math.max(0, Math.trunc(limit)))
      .map(withoutOutput)
  }

  async addChunk(id: string, value: string): Promise<void> {
    const kept = this.#find(id)
    if (kept === undefined || !isUnfinished(kept.job.status)) return
    const added = CHUNK_BYTES + textBytes(value)
    this.#makeRoom(added, 0)
    kept.chunks.push(value)
    this.#put(kept, { bytes: kept.bytes + added })
  }

  async takeChunks(id: string, maxCharacters: number): Promise<readonly string[]> {
    const kept = this.#find(id)
    if (kept === undefined) return []
    let characters = 0
    let count = 0
    let bytes = 0
    for (const value of kept.chunks) {
      characters += value.length
      if (count > 0 && characters > maxCharacters) break
      bytes += CHUNK_BYTES + textBytes(value)
      count += 1
    }
    this.#put(kept, { bytes: kept.bytes - bytes })
    return kept.chunks.splice(0, count)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const kept of this.#jobs.values()) this.#drop(kept)
  }

  #find(id: string): Kept | undefined {
    this.#dropExpired()
    return this.#jobs.get(id)
  }

  #put(kept: Kept, later: Partial<Omit<Kept, 'order' | 'chunks'>>): void {
    this.#count(kept, -1)
    Object.assign(kept, later)
    this.#count(kept, 1)
    this.#place(kept)
  }

  /** Into the queues where it now belongs, and out of the others. */
  #place({ job, order }: Kept): void {
    const end = endOf(job, this.#retentionMs)
    for (const name of QUEUES) if (name !== queueOf(job)) this.#ends[name].delete(job.id)
    if (end < Number.POSITIVE_INFINITY) this.#ends[queueOf(job)].set(job.id, end, order)
    else this.#ends.held.delete(job.id)
    if (isUnfinished(job.status) || job.webhookDueAt === null) this.#webhooks.delete(job.id)
    else this.#webhooks.set(job.id, job.webhookDueAt, order)
  }

  #count({ job, bytes }: Kept, sign: 1 | -1): void {
    this.#bytes += sign * bytes
    if (isEvictable(job)) this.#evictableBytes += sign * bytes
  }

  #drop(kept: Kept): void {
    this.#count(kept, -1)
    this.#jobs.delete(kept.job.id)
    for (const queue of [...Object.values(this.#ends), this.#webhooks]) queue.delete(kept.job.id)
  }

  #dropExpired(): void {
    const now = this.#options.now()
    for (const name of QUEUES) {
      for (let id = this.#ends[name].peek(now); id !== undefined; id = this.#ends[name].peek(now)) this.#dropId(id)
    }
  }

  #dropId(id: string): void {
    const kept = this.#jobs.get(id)
    if (kept !== undefined) this.#drop(kept)
  }

  /** Whether there is, or would be without the finished jobs, room for that. */
  #hasRoom(bytes: number, jobs: number): boolean {
    const { maxJobs, maxBytes } = this.#options
    const evictable = this.#ends.runsync.size + this.#ends.run.size
    return this.#jobs.size - evictable + jobs <= maxJobs && this.#bytes - this.#evictableBytes + bytes <= maxBytes
  }

  /** Lets finished jobs go until there is room for that, or none is left. */
  #makeRoom(bytes: number, jobs: number): void {
    const { maxJobs, maxBytes } = this.#options
    // A result that is larger than the store stays until something else needs the room.
    if (bytes <= 0) return
    while (this.#jobs.size + jobs > maxJobs || this.#bytes + bytes > maxBytes) {
      const id = this.#ends.runsync.peek() ?? this.#ends.run.peek()
      if (id === undefined) return
      this.#dropId(id)
    }
  }
}

function queueOf(job: Job): QueueName {
  return isEvictable(job) ? job.door : 'held'
}

function compareAge(one: Kept, other: Kept): number {
  return one.job.submittedAt - other.job.submittedAt || one.order - other.order
}

function withoutOutput({ job }: Kept): Job {
  return job.output === null ? job : { ...job, output: null }
}
