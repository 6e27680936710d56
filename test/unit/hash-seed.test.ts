// The seed of the hashes in the snapshots of the guest program.
import { expect, test } from 'vitest'
import { hashSeedOf, newHashSeedFlag } from '../../sandbox/hash-seed.ts'

test('each build has a seed of its own, which is none that V8 takes for no seed, and says it as it was given', () => {
  const seeds = Array.from({ length: 50 }, () => hashSeedOf(['--no-node-snapshot', newHashSeedFlag()]))
  expect(new Set(seeds).size).toBe(50)
  for (const seed of seeds) {
    expect(seed).toMatch(/^[1-9]\d*$/)
    expect(Number(seed)).toBeLessThan(2 ** 48)
  }
})

test('a process that was started without one has none to say', () => {
  expect(hashSeedOf(['--no-node-snapshot', '--hash-seeds=1'])).toBeNull()
})
