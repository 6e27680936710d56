// Executors hash the names of properties with the seed of their snapshots, and do without where that is another one.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import { RealPool } from '../support/real-pool.ts'

/** Finds names that the snapshot has, and names that it does not have, in objects, maps and classes. */
const NAMES = `function f() {
  const object = { toString: 1, forEach: 2 }
  for (let index = 0; index < 2000; index++) object['name' + index] = index
  delete object.name7
  const map = new Map(Object.entries(object))
  const url = new URL('https://example.com/?a=1')
  return [
    Object.keys(object).length, object['name' + 1999], 'name7' in object, map.get('for' + 'Each'),
    [1, 2]['for' + 'Each'] === Array.prototype.forEach, url.searchParams.get('a'), typeof globalThis['structured' + 'Clone'],
  ]
}`
const FOUND = [2001, 1999, false, 2, true, '1', 'function']

test('executors are started with the seed of the snapshots, in which all names are found', async () => {
  const runtime = await ensureRuntime()
  if (!runtime.ok) throw new Error(runtime.message)
  const { hashSeed } = runtime.files
  expect(hashSeed).toMatch(/^[1-9]\d*$/)
  await using running = await RealPool.start()
  await expectFound(running, { code: NAMES })
  await expectFound(running, { code: `var workerIsolateModule = (() => { ${NAMES}; return { f } })()`, mode: 'flash' })
  for (const pid of running.executorPids) {
    expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')).toContain(`--hash-seed=${String(hashSeed)}`)
  }
})

test.each(['7', null])(
  'executors whose seed is %s, and not that of their snapshots, find all names',
  async (hashSeed) => {
    await using running = await RealPool.start({}, { hashSeed })
    await expectFound(running, { code: NAMES })
  },
)

async function expectFound(running: RealPool, asked: Parameters<RealPool['run']>[0]): Promise<void> {
  const outcome = await running.run(asked).outcome
  expect(outcome).toMatchObject({ ok: true })
  if (outcome.ok) expect(JSON.parse(outcome.value)).toEqual(FOUND)
}
