// When a webhook is posted, and when no more: three tries, ten seconds apart (protocol.md §2.2). Pure.

/** The part of a job that says what is still to be posted of it. */
export interface WebhookState {
  /** How many tries were begun. */
  readonly webhookTries: number
  /** Milliseconds since the epoch; null when there is no try to make. */
  readonly webhookDueAt: number | null
}

export const WEBHOOK_TRIES_MAX = 3
export const WEBHOOK_PAUSE_MS = 10_000
/** A try of which nothing is known after so long went with its process: longer than any post takes. */
export const WEBHOOK_CLAIM_MS = 30_000

/** `final` is a failure that another try could only repeat. */
export type WebhookResult = 'taken' | 'failed' | 'final' | 'interrupted'

/** Of a job that has ended. @param webhook null for none. */
export function firstTry(webhook: string | null, endedAt: number): WebhookState {
  return { webhookTries: 0, webhookDueAt: webhook === null ? null : endedAt }
}

/**
 * What is kept while a try is made. It counts from its beginning, so that a service that dies of it does not begin it for
 * ever. Null when there was the last one already.
 */
export function beginTry({ webhookTries }: WebhookState, now: number): WebhookState | null {
  if (webhookTries >= WEBHOOK_TRIES_MAX) return null
  return { webhookTries: webhookTries + 1, webhookDueAt: now + WEBHOOK_CLAIM_MS }
}

/** @param begun as `beginTry` gave it. An interrupted try was none: the next start of the service makes it. */
export function endTry({ webhookTries }: WebhookState, result: WebhookResult, now: number): WebhookState {
  switch (result) {
    case 'taken':
    case 'final':
      return { webhookTries, webhookDueAt: null }
    case 'failed':
      return { webhookTries, webhookDueAt: webhookTries < WEBHOOK_TRIES_MAX ? now + WEBHOOK_PAUSE_MS : null }
    case 'interrupted':
      return { webhookTries: webhookTries - 1, webhookDueAt: now }
    default:
      return result satisfies never
  }
}
