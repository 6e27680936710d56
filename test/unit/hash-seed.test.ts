// The seed of the hashes in the snapshots of the guest program.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashSeedFlag, hashSeedOf } from '../../sandbox/hash-seed.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'worker-isolate-seed-'))
})
afterAll(() => {
  rmSync(root, { recursive: true })
})

const seedOf = (name: string): string | null => hashSeedOf(['--no-node-snapshot', hashSeedFlag(join(root, name))])

test('each folder has a seed of its own, which is none that V8 takes for no seed, and keeps it', () => {
  const names = Array.from({ length: 50 }, (_, index) => `folder-${index}`)
  const seeds = names.map((name) => seedOf(name))
  expect(new Set(seeds).size).toBe(50)
  for (const seed of seeds) {
    expect(seed).toMatch(/^[1-9]\d*$/)
    expect(Number(seed)).toBeLessThan(2 ** 48)
  }
  expect(names.map((name) => seedOf(name))).toEqual(seeds)
  expect(readdirSync(join(root, 'folder-0'))).toEqual(['hash-seed'])
})

test('a file that holds no seed is replaced', () => {
  const before = seedOf('broken')
  writeFileSync(join(root, 'broken', 'hash-seed'), '0')
  const after = seedOf('broken')
  expect(after).toMatch(/^[1-9]\d*$/)
  expect(after).not.toBe(before)
})

test('a process that was started without one has none to say', () => {
  expect(hashSeedOf(['--no-node-snapshot', '--hash-seeds=1'])).toBeNull()
})
