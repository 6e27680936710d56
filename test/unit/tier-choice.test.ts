// The guess which tier a program gets, and what is remembered of it.
import { describe, expect, it } from 'vitest'
import { GLOBAL_TIERS, TIERS } from '../../sandbox/src/bridge.ts'
import { scanForTier, TierChoice, toTier } from '../../src/executor/tier-choice.ts'

describe('the text of a program', () => {
  it.each([
    ['', 0],
    ['function run(a, b) { return a + b }', 0],
    ['console.log(1); setTimeout(run, 1)', 0],
    ['const fromURL = makeURLs(); my_crypto(); $URLs', 0],
    ['new URL(text)', 1],
    ['globalThis.crypto.randomUUID()', 1],
    ['console.table([1])', 1],
    ['const data = structuredClone(value); new Blob([])', 2],
    ['// what Headers are for', 2],
  ])('%j asks for tier %i', (code, tier) => {
    expect(scanForTier(code)).toBe(tier)
  })

  it('names every global that is in a tier, and every tier but the smallest has some', () => {
    const tiers = Object.entries(GLOBAL_TIERS).map(([name, tier]) => {
      expect(scanForTier(`x(${name})`)).toBe(tier)
      return tier
    })
    expect(new Set(tiers)).toEqual(new Set([...TIERS.keys()].slice(1)))
  })

  it('is looked at from its beginning, and no further than 64 K characters', () => {
    expect(scanForTier(`${' '.repeat(60_000)}URL`)).toBe(1)
    expect(scanForTier(`${' '.repeat(70_000)}URL`)).toBe(0)
  })
})

describe('what a program was seen to use', () => {
  it('counts more than its text, whether it is less or more', () => {
    const tiers = new TierChoice()
    expect(tiers.choose('// URL')).toBe(1)
    tiers.learn('// URL', 0)
    expect(tiers.choose('// URL')).toBe(0)
    tiers.learn('eval(text)', 2)
    expect(tiers.choose('eval(text)')).toBe(2)
  })

  it('only grows from then on: another run may use less', () => {
    const tiers = new TierChoice()
    for (const used of [0, 2, 1, 0]) tiers.learn('code', used)
    expect(tiers.choose('code')).toBe(2)
  })

  it('counts more than what it got elsewhere, which counts more than its text', () => {
    const tiers = new TierChoice()
    expect(tiers.choose('// URL', 2)).toBe(2)
    expect(tiers.choose('// URL')).toBe(2)
    tiers.learn('// URL', 0)
    expect(tiers.choose('// URL', 2)).toBe(0)
  })

  it('is kept of the 256 programs that were seen last', () => {
    const tiers = new TierChoice()
    tiers.learn('first', 2)
    tiers.learn('second', 2)
    for (let count = 0; count < 254; count++) tiers.choose(`other ${count}`)
    expect(tiers.choose('first')).toBe(2)
    tiers.choose('one more')
    expect(tiers.choose('second')).toBe(0)
    expect(tiers.choose('first')).toBe(2)
  })
})

it.each([
  [0, 0],
  [1, 1],
  [2, 2],
  [3, TIERS.length - 1],
  [1e9, TIERS.length - 1],
  [-1, 0],
  [0.5, 0],
  [Number.NaN, 0],
  [Number.POSITIVE_INFINITY, 0],
  ['1', 0],
  [null, 0],
  [[2], 0],
  [undefined, 0],
])('what an isolate says is %j: tier %i', (said, tier) => {
  expect(toTier(said)).toBe(tier)
})
