// Deployed modules that want memory, and that flood what the host gives them.
import { describe, expect, test } from 'vitest'
import { DeployedService, artifactOf } from '../support/deployed-service.ts'
import { describeDeployed } from './deployed-suite.ts'
import { FLOODS } from './programs/floods.ts'
import { MEMORY } from './programs/memory.ts'

describeDeployed({ title: 'code that wants memory', programs: MEMORY, isSlow: true })
describeDeployed({ title: 'code that attacks with what the host gives it', programs: FLOODS, isSlow: true })

describe('the watch over the memory of an executor', () => {
  const GREEDY = `export function greedy() { throw new Error('x'.repeat(2 ** 29 - 100)) }`
  const OTHERS = Array.from({ length: 20 }, (_, index) => `other${index}`)

  test('allows a call no more because other modules have been loaded beside its own', async () => {
    const modules = Object.fromEntries(OTHERS.map((name) => [name, `export const ${name} = () => 1`] as const))
    const entries = [...OTHERS, 'greedy'].map((name) => ({ name, module: name }))
    await using deployed = await DeployedService.start(artifactOf({ ...modules, greedy: GREEDY }, entries), {
      EXECUTORS_PER_DEPLOYMENT: '1',
      MEMORY_MB: '32',
    })
    for (const name of OTHERS) {
      // oxlint-disable-next-line no-await-in-loop -- all of them in one executor, one after the other
      expect((await deployed.call(name)).value).toBe(1)
    }
    const answer = await deployed.call('greedy', [], { limits: { cpuMs: 4_000 } })
    expect(answer.code, answer.error.slice(0, 200)).toBe('LIMIT_MEMORY')
  })
})
