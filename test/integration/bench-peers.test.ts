// The peers of the bench: each answers every scenario that it does not refuse, rightly, before its speed means anything.
import { describe, expect, test } from 'vitest'
import { runLoad } from '../../bench/tool/load/run-load.ts'
import { createScenarioClient } from '../../bench/tool/scenarios/scenario-clients.ts'
import { SCENARIO_NAMES } from '../../bench/tool/scenarios/scenario.ts'
import { TARGETS } from '../../bench/tool/targets/all-targets.ts'
import type { Target } from '../../bench/tool/targets/target.ts'

const REQUESTS = 2
const peers = TARGETS.filter(({ name }) => name !== 'self')
const installed = peers.filter((peer) => peer.check().ok)
for (const peer of peers) {
  const is = peer.check()
  if (!is.ok) process.stderr.write(`SKIPPED: ${peer.name}: ${is.missing}\n`)
}

async function askAll(target: Target): Promise<readonly string[]> {
  const wrong: string[] = []
  // A peer is the same program for every scenario.
  await using running = await target.start('live-cold')
  for (const [at, scenario] of SCENARIO_NAMES.entries()) {
    if (target.refuses(scenario) !== null) continue
    const { failed, problems, latenciesMs } = await runLoad({
      url: running.url,
      shape: { kind: 'count', requests: REQUESTS, clients: 1 },
      durationMs: 0,
      seed: 1,
      createClient: () => createScenarioClient(scenario, { dialect: target.dialect, first: (at + 1) * 1_000 }),
    })
    if (failed > 0 || latenciesMs.length !== REQUESTS) wrong.push(`${scenario}: ${problems.join(', ')}`)
  }
  return wrong
}

describe('a peer', { tags: ['slow'], timeout: 120_000 }, () => {
  test.each(installed)('$name answers every scenario that it does not refuse', async (peer) => {
    expect(await askAll(peer)).toEqual([])
  })
})

test('a peer that is not installed says what would install it', () => {
  const missing = peers.map((peer) => peer.check()).flatMap((is) => (is.ok ? [] : [is.missing]))
  for (const sentence of missing) expect(sentence).toContain('is not installed; run: npm ci --prefix bench/peers')
  expect(installed.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['worker-threads', 'child-process', 'vm', 'isolated-vm']),
  )
})
