// The bench's figures: the distribution behind its intervals, ratios of pairs and of runs, histograms, summaries.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketStartMs, mergeHistograms, toHistogram } from '../../bench/tool/figures/histogram.ts'
import { pairedRatio, unpairedRatio } from '../../bench/tool/figures/ratio.ts'
import { fromLines } from '../../bench/tool/figures/read-run.ts'
import { criticalT, probabilityWithin } from '../../bench/tool/figures/student-t.ts'
import { summarize } from '../../bench/tool/figures/summarize.ts'
import { makeCell, makeRun } from '../support/bench-runs.ts'

describe("Student's t", () => {
  test.each([
    [0.95, 1, 12.706],
    [0.95, 2, 4.303],
    [0.95, 3, 3.182],
    [0.95, 4, 2.776],
    [0.95, 9, 2.262],
    [0.99, 4, 4.604],
    [0.99, 8, 3.355],
    [0.95, 10_000, 1.96],
  ])('at %f with %i degrees of freedom the critical value is %f', (confidence, degrees, expected) => {
    expect(criticalT(confidence, degrees)).toBeCloseTo(expected, 2)
  })

  test('a probability grows with t and lies between 0 and 1', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 50, noNaN: true }), fc.integer({ min: 1, max: 60 }), (t, degrees) => {
        const here = probabilityWithin(t, degrees)
        expect(here).toBeGreaterThanOrEqual(0)
        expect(here).toBeLessThanOrEqual(1 + 1e-9)
        expect(probabilityWithin(t + 0.5, degrees)).toBeGreaterThanOrEqual(here - 1e-12)
      }),
    )
  })

  test('degrees that are not whole make the interval wider, never narrower', () => {
    expect(criticalT(0.95, 4.9)).toBe(criticalT(0.95, 4))
  })
})

const positive = fc.double({ min: 0.001, max: 1_000, noNaN: true })

describe('ratios', () => {
  test('of pairs 2 and 8 over 1 is 4, with the interval of two logarithms', () => {
    const { value, interval } = pairedRatio(
      [
        { over: 2, under: 1 },
        { over: 8, under: 1 },
      ],
      0.95,
    )
    expect(value).toBeCloseTo(4)
    // Half the interval is t(0.95, 1) times the standard error, ln 2.
    expect(interval?.high).toBeCloseTo(4 * 2 ** 12.706, -3)
  })

  test('a single pair has no interval', () => {
    expect(pairedRatio([{ over: 3, under: 2 }], 0.95)).toEqual({ value: expect.closeTo(1.5), interval: null })
  })

  test('what slows down both of each pair changes nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(positive, positive, positive), { minLength: 2, maxLength: 9 }), (rounds) => {
        const plain = pairedRatio(
          rounds.map(([over, under]) => ({ over, under })),
          0.95,
        )
        const slowed = pairedRatio(
          rounds.map(([over, under, factor]) => ({ over: over * factor, under: under * factor })),
          0.95,
        )
        expect(Math.log(slowed.value)).toBeCloseTo(Math.log(plain.value), 6)
        expect(Math.log(slowed.interval?.low ?? Number.NaN)).toBeCloseTo(Math.log(plain.interval?.low ?? 0), 6)
      }),
    )
  })

  test('the other way round is the inverse, between two runs too', () => {
    const rounds = fc.array(positive, { minLength: 2, maxLength: 9 })
    fc.assert(
      fc.property(rounds, rounds, (one, other) => {
        const there = unpairedRatio(one, other, 0.99)
        const back = unpairedRatio(other, one, 0.99)
        expect(Math.log(there.value)).toBeCloseTo(-Math.log(back.value), 6)
        expect(Math.log(there.interval?.low ?? Number.NaN)).toBeCloseTo(-Math.log(back.interval?.high ?? 0), 6)
      }),
    )
  })

  test("Welch's interval of two small samples is the known one", () => {
    // ln of 1, e, e² against ln of e, e², e³: means 1 and 2, variances 1; 4 degrees of freedom.
    const { value, interval } = unpairedRatio([1, Math.E, Math.E ** 2], [Math.E, Math.E ** 2, Math.E ** 3], 0.95)
    expect(Math.log(value)).toBeCloseTo(-1)
    expect(Math.log(interval?.high ?? 0)).toBeCloseTo(-1 + 2.776 * Math.sqrt(2 / 3), 2)
  })
})

describe('histograms', () => {
  test('count every latency, in the bucket that it lies in', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.02, max: 60_000, noNaN: true }), { maxLength: 200 }), (latencies) => {
        const histogram = toHistogram(latencies)
        expect(histogram.reduce((total, [, count]) => total + count, 0)).toBe(latencies.length)
        for (const ms of latencies) {
          const [bucket = -1] = toHistogram([ms])[0] ?? []
          expect(ms).toBeGreaterThanOrEqual(bucketStartMs(bucket) * (1 - 1e-9))
          expect(ms).toBeLessThanOrEqual(bucketStartMs(bucket + 1) * (1 + 1e-9))
        }
      }),
    )
  })

  test('of parts, merged, are that of the whole', () => {
    const latencies = [0.001, 0.5, 0.5, 2, 30, 31, 4_000]
    const parts = [toHistogram(latencies.slice(0, 3)), toHistogram(latencies.slice(3))]
    expect(mergeHistograms(parts)).toEqual(toHistogram(latencies))
  })
})

describe('a summary', () => {
  const run = makeRun([
    makeCell({ round: 0, target: 'self', latency: 1, perSecond: 100 }),
    makeCell({ round: 0, target: 'vm', latency: 4, perSecond: 50 }),
    makeCell({ round: 1, target: 'self', latency: 10, perSecond: 80 }),
    makeCell({ round: 1, target: 'vm', latency: 40, perSecond: 40 }),
  ])

  test('compares rounds in pairs, so that a slow round is no difference', () => {
    const [group] = summarize(run)
    const [own, peer] = group?.targets ?? []
    expect(own).toMatchObject({ p50OverOurs: null, successRate: 1 })
    expect(peer?.p50OverOurs?.value).toBeCloseTo(4)
    expect(peer?.p50OverOurs?.interval?.high).toBeCloseTo(4)
    expect(peer?.ourRateOverIts?.value).toBeCloseTo(2)
  })

  test('counts failures, and says nothing of a target without a right answer', () => {
    const failed = { ...makeCell({ round: 0, target: 'vm', latency: 1 }), latencyMs: null, failed: 10, requests: 10 }
    const [group] = summarize(makeRun([makeCell({ round: 0, target: 'self', latency: 1 }), failed]))
    expect(group?.targets[1]).toMatchObject({ successRate: 0, latencyMs: null, p50OverOurs: null })
  })

  test('is the same from the lines of a run', () => {
    const { cells, memory, broken, ...head } = run
    const lines = [
      { type: 'head', ...head },
      ...cells.map((cell) => Object.assign({ type: 'cell' }, cell)),
      { type: 'broken', what: 'x' },
    ]
    const read = fromLines(lines.map((line) => JSON.stringify(line)).join('\n'), 'run.jsonl')
    expect(read).toEqual({ ...run, broken: ['x'] })
    expect([memory, broken]).toEqual([[], []])
  })
})
