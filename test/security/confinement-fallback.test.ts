// A level of confinement that has worked is not given up because executors die: a guest could see to that.
import { afterEach, describe, expect, it } from 'vitest'
import { ServiceProcess, killQuietly, waitFor } from '../support/service-process.ts'
import { hasLinux } from './confinement-probe.ts'

let service: ServiceProcess | undefined

afterEach(async () => {
  await service?.[Symbol.asyncDispose]()
  service = undefined
})

describe.runIf(hasLinux)('executors that are killed while they start', () => {
  it('are replaced by executors that are confined as those before them', async () => {
    service = await ServiceProcess.start({ env: { EXECUTORS_MIN: '1', EXECUTORS_MAX: '1', EXECUTORS_SPARE: '1' } })
    const { log } = service
    const levels = (): readonly string[] =>
      log.filter((line) => line['msg'] === 'executor ready').map((line) => String((line['confinement'] as string[])[0]))
    const weaker = (): number => log.filter((line) => String(line['msg']).includes('a weaker one is taken')).length
    await waitFor(() => levels().length >= 2, 5_000, 'two executors never got ready')
    const [level] = levels()
    // Every executor, and every new one as soon as it is seen, as the kernel does when memory runs out.
    const until = performance.now() + 1_500
    while (performance.now() < until && weaker() === 0) {
      for (const pid of service.descendants()) killQuietly(pid)
      // oxlint-disable-next-line no-await-in-loop -- a poll with an end
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(weaker()).toBe(0)
    expect(new Set(levels())).toEqual(new Set([level]))
  })
})
