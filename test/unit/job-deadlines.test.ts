// When jobs are to go whose time to live is over.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { JobDeadlines } from '../../src/jobs/job-deadlines.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

describe('deadlines of jobs', () => {
  test('come in their order, each once, whatever order they were set in', () => {
    const due: string[] = []
    const deadlines = new JobDeadlines(Date.now, (id) => void due.push(`${id} ${Date.now()}`))
    deadlines.set('late', 5_000)
    deadlines.set('early', 1_000)
    deadlines.set('middle', 3_000)
    vi.advanceTimersByTime(4_000)
    expect(due).toEqual(['early 1000', 'middle 3000'])
    vi.advanceTimersByTime(60_000)
    expect(due).toEqual(['early 1000', 'middle 3000', 'late 5000'])
  })

  test('can be moved and taken back', () => {
    const due: string[] = []
    const deadlines = new JobDeadlines(Date.now, (id) => void due.push(id))
    deadlines.set('a', 1_000)
    deadlines.set('b', 1_000)
    deadlines.set('a', 9_000)
    deadlines.set('b', null)
    vi.advanceTimersByTime(8_999)
    expect(due).toEqual([])
    deadlines.set('c', 10_000)
    vi.advanceTimersByTime(2_000)
    expect(due).toEqual(['a', 'c'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('lie as far ahead as the longest time to live, and one that is over comes at once', () => {
    const due: string[] = []
    const deadlines = new JobDeadlines(Date.now, (id) => void due.push(id))
    const weekMs = 7 * 86_400_000
    deadlines.set('week', weekMs)
    deadlines.set('past', -5)
    vi.advanceTimersByTime(0)
    expect(due).toEqual(['past'])
    vi.advanceTimersByTime(weekMs - 1)
    expect(due).toEqual(['past'])
    vi.advanceTimersByTime(1)
    expect(due).toEqual(['past', 'week'])
  })
})
