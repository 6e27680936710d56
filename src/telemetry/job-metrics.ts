// Jobs: how many came, wait and were told of, and how long the oldest has waited.
import type { MetricSet } from './metric-set.ts'
import { perTurn } from './per-turn.ts'

export interface JobSources {
  readonly jobs: () => {
    readonly inQueue: number
    readonly inProgress: number
    /** How long the oldest of those that wait has waited. */
    readonly oldestMs: number
    /** By the route that they came through. */
    readonly accepted: Readonly<Record<string, number>>
    readonly retried: number
    /** What the start found of an earlier process. */
    readonly found: Readonly<Record<string, number>>
  }
  readonly webhooks: () => {
    /** Posts by what became of them. */
    readonly posts: Readonly<Record<string, number>>
    /** Jobs that nobody will be told of. */
    readonly givenUp: number
  }
}

const MS_PER_SECOND = 1_000

export function addJobMetrics({ gauge, total }: MetricSet, sources: JobSources): void {
  const { webhooks } = sources
  // There may be a hundred thousand of them to look at.
  const jobs = perTurn(sources.jobs)
  gauge('jobs', 'Jobs that are not finished.', ['state'], (give) => {
    const { inQueue, inProgress } = jobs()
    give(inQueue, { state: 'IN_QUEUE' })
    give(inProgress, { state: 'IN_PROGRESS' })
  })
  gauge('jobs_oldest_seconds', 'How long the oldest job that waits has waited.', [], (give) =>
    give(jobs().oldestMs / MS_PER_SECOND),
  )
  total('jobs_accepted_total', 'Jobs that `/run` and `/runsync` took in.', ['route'], (give) => {
    for (const [route, count] of Object.entries(jobs().accepted)) give(count, { route })
  })
  total('jobs_retried_total', 'Jobs that were put back into the queue by `/retry`.', [], (give) => give(jobs().retried))
  total(
    'jobs_found_total',
    'Unfinished jobs of an earlier process that the start found: `waiting`, run `again`, or `interrupted`.',
    ['fate'],
    (give) => {
      for (const [fate, count] of Object.entries(jobs().found)) give(count, { fate })
    },
  )
  total(
    'webhook_posts_total',
    'Posts to webhooks: `taken`, `failed`, failed for good (`final`), or `interrupted` by the end of the service.',
    ['result'],
    (give) => {
      for (const [result, count] of Object.entries(webhooks().posts)) give(count, { result })
    },
  )
  total('webhooks_given_up_total', 'Jobs whose webhook was not taken after its last try.', [], (give) =>
    give(webhooks().givenUp),
  )
}
