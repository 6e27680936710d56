// What the requests of submitted code to other hosts came to. Hosts are no label: the log has them.
import type { Counter, Histogram } from 'prom-client'
import { OTHER, oneOf } from './labels.ts'
import type { MetricSet } from './metric-set.ts'

/** The part of a request's record that is counted. */
export interface EgressFacts {
  /** Why it was denied; null for one that was not. */
  readonly denial: string | null
  readonly code: string | null
  readonly sentBytes: number
  readonly receivedBytes: number
  /** Null for one whose code was given no answer. */
  readonly headMs: number | null
}

/**
 * All there are. `unread`: the code, or its end, wanted no more of the answer. Denied by a `rule`, because `no-rule` allows it,
 * because its function has `not-declared` the host, for the `address` that the host has, or for the `request` itself.
 */
const REASONS = {
  allowed: ['answered', 'unread'],
  denied: ['rule', 'no-rule', 'not-declared', 'address', 'request', OTHER],
  failed: ['EGRESS_FAILED', 'LIMIT_EGRESS', 'CANCELLED', 'INTERNAL', OTHER],
} as const
type Outcome = keyof typeof REASONS

/** From a neighbour that answers at once to the longest wait for a first byte. */
const HEAD_SECONDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]
const MS_PER_SECOND = 1_000

export class EgressMetrics {
  readonly #exchanges: Counter<'outcome' | 'reason'>
  readonly #bytes: Counter<'direction'>
  readonly #headSeconds: Histogram

  /** @param open requests that are not over. */
  constructor(set: MetricSet, open: () => number) {
    this.#exchanges = set.counter(
      'egress_requests_total',
      'Requests of submitted code to other hosts that are over, redirects included in theirs.',
      ['outcome', 'reason'],
    )
    this.#bytes = set.counter(
      'egress_bytes_total',
      'Bodies sent and heads and bodies received by those; compressed ones count before and after.',
      ['direction'],
    )
    this.#headSeconds = set.histogram(
      'egress_head_duration_seconds',
      'From the request to the head of its last answer.',
      [],
      HEAD_SECONDS,
    )
    set.gauge('egress_requests_open', 'Requests to other hosts that are not over.', [], (give) => give(open()))
    // What has not happened yet is there as 0, so that its first time is an increase.
    for (const [outcome, reasons] of Object.entries(REASONS)) {
      for (const reason of reasons) this.#exchanges.inc({ outcome, reason }, 0)
    }
    for (const direction of ['sent', 'received']) this.#bytes.inc({ direction }, 0)
  }

  ended(facts: EgressFacts): void {
    const outcome = outcomeOf(facts)
    this.#exchanges.inc({ outcome, reason: reasonOf(outcome, facts) })
    this.#bytes.inc({ direction: 'sent' }, facts.sentBytes)
    this.#bytes.inc({ direction: 'received' }, facts.receivedBytes)
    if (facts.headMs !== null) this.#headSeconds.observe(facts.headMs / MS_PER_SECOND)
  }
}

function outcomeOf({ code, headMs }: EgressFacts): Outcome {
  if (code === null || isUnread(code, headMs)) return 'allowed'
  return code === 'EGRESS_DENIED' ? 'denied' : 'failed'
}

function reasonOf(outcome: Outcome, { code, denial }: EgressFacts): string {
  if (outcome === 'allowed') return code === null ? 'answered' : 'unread'
  return oneOf(REASONS[outcome], outcome === 'denied' ? denial : code)
}

function isUnread(code: string, headMs: number | null): boolean {
  return code === 'CANCELLED' && headMs !== null
}
