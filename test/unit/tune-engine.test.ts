// What the front tells V8, which takes a flag that it does not know without a word.
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import ENGINE_FLAGS from '../../bin/engine-flags.json' with { type: 'json' }
import { createTuning, TUNED_FLAGS } from '../../src/cli/tune-engine.ts'

test('every flag is one that this V8 has', () => {
  const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })
  const names = [...TUNED_FLAGS, ...ENGINE_FLAGS].map((flag) => flag.split('=')[0] ?? '')
  expect(names).toHaveLength(5)
  expect(names.filter((name) => !known.includes(`  ${name} (`))).toEqual([])
})

test('V8 is told once, after 1,000 requests', () => {
  const told: string[] = []
  const tune = createTuning((flag) => told.push(flag))
  for (let request = 1; request < 1_000; request++) tune()
  expect(told).toEqual([])
  for (let request = 1_000; request < 3_000; request++) tune()
  expect(told).toEqual([...TUNED_FLAGS])
})
