// Comparing two runs: what is beyond noise, what is not, and when the machine itself differs.
import { describe, expect, test } from 'vitest'
import { compareRuns } from '../../bench/tool/compare/compare-runs.ts'
import { writeComparison } from '../../bench/tool/compare/write-comparison.ts'
import { makeCell, makeRun } from '../support/bench-runs.ts'

const runOf = (own: readonly number[], peer: readonly number[] = []) =>
  makeRun([
    ...own.map((latency, round) => makeCell({ round, target: 'self', latency, perSecond: 1_000 / latency })),
    ...peer.map((latency, round) => makeCell({ round, target: 'vm', latency, perSecond: 1_000 / latency })),
  ])

const NOISY = [10, 11, 9.5, 10.4, 10.1]
const scale = (values: readonly number[], factor: number): readonly number[] => values.map((value) => value * factor)

describe('a figure', () => {
  const verdictOf = (before: readonly number[], after: readonly number[], figure = 'p50') =>
    compareRuns(runOf(before), runOf(after)).changes.find((change) => change.figure === figure)?.verdict

  test('that is half of what it was is better, and one that doubled is worse', () => {
    expect(verdictOf(NOISY, scale(NOISY, 0.5))).toBe('better')
    expect(verdictOf(NOISY, scale(NOISY, 2))).toBe('worse')
  })

  test('of which more is better is judged the other way round', () => {
    expect(verdictOf(NOISY, scale(NOISY, 0.5), 'rate')).toBe('better')
    expect(verdictOf(NOISY, scale(NOISY, 2), 'rate')).toBe('worse')
  })

  test('that differs by no more than its rounds do is no difference', () => {
    expect(verdictOf(NOISY, [10.2, 9.8, 11.1, 10, 10.6])).toBe('no difference')
  })

  test('that differs by a surely measured trifle is no difference', () => {
    expect(verdictOf([10, 10, 10.001], [10.1, 10.1, 10.101])).toBe('no difference')
  })

  test('of one round says nothing', () => {
    expect(verdictOf([10], [20])).toBe('too few rounds')
  })
})

describe('the text', () => {
  test('names what changed, and says when the machine differs by as much', () => {
    const before = runOf(NOISY, NOISY)
    const after = { ...runOf(scale(NOISY, 2), scale(NOISY, 2)), machine: { cores: 4 } }
    const text = writeComparison(compareRuns(before, after), before, after)
    expect(text).toMatch(/live-cold sequential self +p50 +worse +2×/u)
    expect(text).toContain("The others' p50 is 2 times what it was")
    expect(text).toContain('cores: 2 before, 4 after.')
  })

  test('says that nothing changed when nothing did, and what only one run has', () => {
    const before = runOf(NOISY, NOISY)
    const after = runOf(NOISY)
    const text = writeComparison(compareRuns(before, after), before, after)
    expect(text).toContain('This service: nothing changed beyond noise.')
    expect(text).toContain('Only before: live-cold sequential vm')
  })
})
