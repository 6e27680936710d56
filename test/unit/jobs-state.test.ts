// The states of a job.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { advance } from '../../src/jobs/job-state.ts'
import type { JobEvent } from '../../src/jobs/job-state.ts'
import { isUnfinished } from '../../src/protocol/job-status.ts'
import { ENDING, finishedJob, queuedJob, startedJob } from '../support/job-stores.ts'

describe('a job', () => {
  test('goes from IN_QUEUE over IN_PROGRESS to COMPLETED', () => {
    const queued = queuedJob('a', { submittedAt: 1_000 })
    const started = startedJob(queued, 1_025)
    const finished = finishedJob(started, 1_050)
    expect([queued.status, started.status, finished.status]).toEqual(['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'])
    expect(finished).toMatchObject({ delayMs: 25, executionMs: 25, finishedAt: 1_050, output: '{}' })
  })

  test.each([
    [{ error: 'x', code: 'GUEST_THREW' }, 'FAILED'],
    [{ error: '' }, 'COMPLETED'],
    [{ error: null, code: 'ENTRY_NOT_FOUND' }, 'COMPLETED'],
    [{ error: 'x', code: 'CANCELLED' }, 'CANCELLED'],
    [{ error: 'x', code: 'LIMIT_WALL' }, 'FAILED'],
    [{ error: 'x', code: 'LIMIT_WALL', isTimedOut: true }, 'TIMED_OUT'],
  ] as const)('that ends with %j is %s', (ending, status) => {
    expect(finishedJob(queuedJob('a'), 1, ending).status).toBe(status)
  })

  test('never leaves its end, and its times are whole, never negative, and add up', () => {
    const event = fc.oneof(
      fc.record({ type: fc.constant('started' as const), at: fc.integer({ min: -50, max: 500 }) }),
      fc.record({
        type: fc.constant('finished' as const),
        at: fc.integer({ min: -50, max: 500 }),
        error: fc.constantFrom(null, 'x'),
      }),
    )
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let job = queuedJob('a')
        for (const one of events) {
          const complete: JobEvent = one.type === 'started' ? one : { ...ENDING, ...one }
          const next = advance(job, complete)
          expect(isUnfinished(job.status) || next === job).toBe(true)
          job = next
        }
        expect(Number.isInteger(job.delayMs) && Number.isInteger(job.executionMs)).toBe(true)
        expect(Math.min(job.delayMs, job.executionMs)).toBeGreaterThanOrEqual(0)
        expect(job.delayMs + job.executionMs).toBe(Math.max(0, job.finishedAt ?? 0))
      }),
    )
  })
})
