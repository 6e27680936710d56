// Larger snapshots in real executors: what a confined process reads of them, and what a tenant can do with the guess which it gets.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealPool } from '../support/real-pool.ts'

const USES_URL = 'const f = () => new URL("/a", "http://b").href'
const USES_FORM = 'const f = () => [...new FormData()].length'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tiers-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs each program twice, and gives the results and what executors said on their standard error. */
async function observe(
  programs: readonly string[],
  tiers?: readonly string[],
): Promise<{ readonly values: readonly unknown[]; readonly deaths: number; readonly said: string }> {
  const values: unknown[] = []
  let deaths = 0
  let pool: RealPool | undefined
  {
    await using running = await RealPool.start({}, tiers === undefined ? {} : { tierPaths: tiers })
    pool = running
    for (const code of programs.flatMap((each) => [each, each])) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that each isolate is made for the one before
      const outcome = await running.run({ code }).outcome
      values.push(outcome.ok ? JSON.parse(outcome.value) : outcome.failure.code)
    }
    ;({ deaths } = running)
  }
  const said = pool.runnerEvents.map((event) => (event.type === 'dead' ? event.saidLast : '')).join('')
  return { values, deaths, said }
}

describe('an executor', () => {
  it('reads the larger snapshots when it is confined', async () => {
    const { values, deaths, said } = await observe([USES_URL, USES_FORM])
    expect(values).toEqual(['http://b/a', 'http://b/a', 0, 0])
    expect([deaths, said]).toEqual([0, ''])
  })

  it('says so when one does not fit, and serves all the same', async () => {
    const path = join(folder, 'foreign.snapshot')
    writeFileSync(path, '{"tier":"web","v8":"1.2.3"}\nblob')
    const { values, deaths, said } = await observe([USES_URL, USES_FORM], [path, path])
    expect(values).toEqual(['http://b/a', 'http://b/a', 0, 0])
    expect(deaths).toBe(0)
    expect(said).toContain('v8 is 1.2.3')
  })

  it('goes on when programs name everything, nothing, or much in 800 KB', async () => {
    const names = Array.from({ length: 40_000 }, (_, index) => `URL${index},Headers`).join()
    const { values, deaths, said } = await observe([
      `${USES_FORM}\n// URL Headers Blob ${'structuredClone '.repeat(50)}`,
      `const f = () => globalThis['U' + 'RL'] === eval('URL')`,
      `const f = () => 1 /* ${names} */`,
    ])
    expect(values).toEqual([0, 0, true, true, 1, 1])
    expect([deaths, said]).toEqual([0, ''])
  })
})
