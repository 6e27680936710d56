// Posts the ends of jobs to the webhooks of their clients. What is due is in the store, so that a restart loses nothing.
import { beginTry, endTry } from './webhook-schedule.ts'
import type { WebhookResult, WebhookState } from './webhook-schedule.ts'

export interface WebhookJob extends WebhookState {
  readonly id: string
  readonly webhook: string | null
}

export type WebhookPosted =
  | { readonly ok: true }
  /** @property isFinal whether another try could only end in the same way. */
  | { readonly ok: false; readonly isFinal: boolean; readonly message: string }

export interface WebhookDelivererOptions<Job extends WebhookJob> {
  /** Jobs with `webhookDueAt` at or before `now`, the earliest first. */
  readonly due: (now: number, limit: number) => Promise<readonly Job[]>
  /** Keeps the state of a job's webhook; settles when it is kept. */
  readonly update: (job: Job, state: WebhookState) => Promise<void>
  /** Never rejects. */
  readonly post: (url: string, bodyText: string, signal: AbortSignal) => Promise<WebhookPosted>
  /** What is posted. */
  readonly body: (job: Job) => string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Told what became of each post. */
  readonly onPosted?: (result: WebhookResult) => void
  /** Told of a job that nobody will be told of. */
  readonly onGivenUp: (id: string, tries: number, message: string) => void
  /** Told when the store fails; what was due is looked for again. */
  readonly onDefect: (error: unknown) => void
  /** Posts in progress. */
  readonly concurrency?: number
  /** How often the store is asked for tries that have become due. */
  readonly pollMs?: number
}

const DEFAULTS = { concurrency: 8, pollMs: 1_000 }

export class WebhookDeliverer<Job extends WebhookJob> implements AsyncDisposable {
  readonly #options: WebhookDelivererOptions<Job> & typeof DEFAULTS
  readonly #active = new Map<string, Promise<void>>()
  readonly #ending = new AbortController()
  #timer: NodeJS.Timeout | null = null
  #looking: Promise<void> | null = null
  #looksAgain = false

  constructor(options: WebhookDelivererOptions<Job>) {
    this.#options = { ...DEFAULTS, ...options }
  }

  /** Begins with what an earlier process has left. To be called once. */
  start(): void {
    this.#timer = setInterval(() => this.wake(), this.#options.pollMs).unref()
    this.wake()
  }

  /** There may be something due: the store is asked at once, without waiting for the next look. */
  wake(): void {
    if (this.#ending.signal.aborted) return
    if (this.#looking !== null) {
      this.#looksAgain = true
      return
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = null
      if (this.#looksAgain) {
        this.#looksAgain = false
        this.wake()
      }
    })
  }

  /** Interrupts what is posted, which stays due, and begins nothing more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#looking
    await Promise.all(this.#active.values())
  }

  async #look(): Promise<void> {
    const { due, now, concurrency, onDefect } = this.#options
    if (this.#active.size >= concurrency) return
    try {
      // Those in progress may still count as due: their states are on the way to the store.
      const jobs = await due(now(), concurrency + this.#active.size)
      for (const job of jobs) {
        if (this.#active.size >= concurrency || this.#ending.signal.aborted) return
        if (!this.#active.has(job.id)) this.#begin(job)
      }
    } catch (error) {
      onDefect(error)
    }
  }

  #begin(job: Job): void {
    const delivery = this.#deliver(job)
      .then(
        () => true,
        (error: unknown) => {
          this.#options.onDefect(error)
          return false
        },
      )
      .then((isKept) => {
        this.#active.delete(job.id)
        // After a failure of the store only the clock asks it again.
        if (isKept) this.wake()
        return undefined
      })
    this.#active.set(job.id, delivery)
  }

  /** Rejects when the store does. */
  async #deliver(job: Job): Promise<void> {
    const { update, post, body, now, onPosted, onGivenUp } = this.#options
    const { id, webhook } = job
    const begun = webhook === null ? null : beginTry(job, now())
    if (webhook === null || begun === null) {
      await update(job, { webhookTries: job.webhookTries, webhookDueAt: null })
      if (webhook !== null) onGivenUp(id, job.webhookTries, 'The service ended while it made the last try.')
      return
    }
    await update(job, begun)
    const posted = await post(webhook, body(job), this.#ending.signal)
    const result = this.#resultOf(posted)
    onPosted?.(result)
    const after = endTry(begun, result, now())
    await update(job, after)
    if (!posted.ok && after.webhookDueAt === null) onGivenUp(id, after.webhookTries, posted.message)
  }

  #resultOf(posted: WebhookPosted): WebhookResult {
    if (posted.ok) return 'taken'
    if (this.#ending.signal.aborted) return 'interrupted'
    return posted.isFinal ? 'final' : 'failed'
  }
}
