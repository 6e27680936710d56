// A front process that was kept from its work: executors that have answered meanwhile are not ended for it.
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { RealPool } from '../support/real-pool.ts'

/** Keeps this process, which is the front here, from everything else. */
function stall(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

it('a task that has ended in time is not overdue when its answer is read late', async () => {
  await using pool = await RealPool.start()
  await pool.run({ code: 'const f = () => 1' }).outcome
  const { outcome } = pool.run({ code: 'const f = () => 2', limits: { wallMs: 300 } })
  stall(1_800)
  expect(await outcome).toMatchObject({ ok: true, value: '2' })
  expect(pool.deaths).toBe(0)
})

it('an executor that has answered its ping is not silent when the answer is read late', async () => {
  const heartbeatMs = 50
  await using pool = await RealPool.start({ heartbeatMs })
  await pool.run({ code: 'const f = () => 1' }).outcome
  for (let round = 0; round < 20; round += 1) {
    stall(3 * heartbeatMs)
    // oxlint-disable-next-line no-await-in-loop -- one turn of the event loop between two stalls
    await turn()
  }
  expect(await pool.run({ code: 'const f = () => 3' }).outcome).toMatchObject({ ok: true, value: '3' })
  expect(pool.deaths).toBe(0)
})
