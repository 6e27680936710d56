// Runs hostile programs against the real service, one after the other, beside a sentinel that must not notice.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExecuteAnswer } from '../support/keep-alive-client.ts'
import { cpuMs } from '../support/processes.ts'
import { PingTimes, Sentinel } from '../support/sentinel.ts'
import type { SentinelReport } from '../support/sentinel.ts'
import { ServiceProcess, waitFor } from '../support/service-process.ts'
import { LIMITS, expectAnswer, proveHarm } from './hostile-program.ts'
import type { HostileProgram } from './hostile-program.ts'

/**
 * One executor for the hostile request, one for the sentinel, and one for the sentinel's next call while the hostile one is
 * being replaced. They are kept alive, so that the sentinel's calls go through all of them in turn, also through the one
 * that the hostile request has just left.
 */
const EXECUTORS = 3
const SPARE = 1
export const ENVIRONMENT = {
  EXECUTORS_MIN: String(EXECUTORS),
  EXECUTORS_MAX: String(EXECUTORS),
  EXECUTORS_SPARE: String(SPARE),
}

const PING_P99_MS = 100
const PING_MAX_MS = 1_000
const RECOVER_MS = 8_000
/** Calls of the sentinel after the answer, in the executors that the guest may have left something in. */
const CALLS_AFTER = 6
/** Of a precondition that takes many seconds. */
const SLOW_MS = 180_000
const QUIET_MS = 60
const QUIET_CPU_MS = 20

export interface SuiteOptions {
  readonly title: string
  readonly programs: readonly HostileProgram[]
  readonly env?: Readonly<Record<string, string>>
  /** Of programs that are alike one in so many runs every time, and all of them where the slow tests do. */
  readonly oneIn?: number
}

const isProvenApart = ({ proof }: HostileProgram): boolean => proof.isSlow === true

export function describeHostile({ title, programs, env = {}, oneIn = 1 }: SuiteOptions): void {
  describe(`beside ${title}`, () => {
    const pings: PingTimes[] = []
    let service: ServiceProcess
    let sentinel: Sentinel

    beforeAll(async () => {
      service = await ServiceProcess.start({ env: { ...ENVIRONMENT, ...env } })
      sentinel = await Sentinel.create(service.url)
      await expectRecovery(service)
    })
    afterAll(async () => {
      await sentinel[Symbol.asyncDispose]()
      await service[Symbol.asyncDispose]()
    })

    for (const [index, program] of programs.entries()) {
      const tags = index % oneIn === 0 ? [] : ['slow']
      const ending = program.code === null ? 'returns' : `ends with ${program.code}`
      it(`a guest that ${program.title} ${ending}, and nobody else notices`, { tags }, async () => {
        if (!isProvenApart(program)) await proveHarm(program)
        const { answer, report } = await attack(service, sentinel, program)
        expectAnswer(program, answer)
        expect(report.lost).toEqual([])
        expect(report.pings.maxMs).toBeLessThan(PING_MAX_MS)
        await expectRecovery(service)
        pings.push(report.pings)
      })
    }

    // Each in a process of its own, and the service has nothing to do meanwhile.
    for (const program of programs.filter(isProvenApart)) {
      it.concurrent(
        `a guest that ${program.title} harms a host without our layers`,
        { tags: ['slow'], timeout: SLOW_MS },
        async () => {
          await expect(proveHarm(program)).resolves.toBeUndefined()
        },
      )
    }

    it('answers 99 of 100 pings within 100 ms all the while', () => {
      const { count, percentile99Ms } = PingTimes.join(pings)
      expect(count).toBeGreaterThan(programs.length)
      expect(percentile99Ms).toBeLessThan(PING_P99_MS)
    })
  })
}

/** The hostile request, beside a sentinel that was at work before it and still is afterwards. */
async function attack(
  service: ServiceProcess,
  sentinel: Sentinel,
  program: HostileProgram,
): Promise<{ readonly answer: ExecuteAnswer; readonly report: SentinelReport }> {
  await sentinel.start()
  const { title: _title, code: _code, proof: _proof, check: _check, ...live } = program
  // Measured in detail, which looks at the isolate when the code has ended.
  const answer = await service.client.execute({ ...live, limits: { ...LIMITS, ...live.limits }, usage: true })
  await sentinel.callsMore(CALLS_AFTER)
  return { answer, report: await sentinel.stop() }
}

/** All executors are there again, none has work, and none computes anything. */
export async function expectRecovery(service: ServiceProcess, executors = EXECUTORS + SPARE): Promise<void> {
  let seen = ''
  const isWhole = async (): Promise<boolean> => {
    const { workers } = JSON.parse((await service.client.get('/health')).text) as { workers: Record<string, number> }
    const pids = service.executorPids()
    seen = `${pids.length} processes, ${JSON.stringify(workers)}`
    return pids.length === executors && workers['idle'] === executors && workers['unhealthy'] === 0
  }
  await waitFor(isWhole, RECOVER_MS, `the executors did not recover`).catch(() => {
    throw new Error(`the executors did not recover: ${seen}`)
  })
  await waitFor(() => isQuiet(service), RECOVER_MS, 'something of the guest still runs in an idle executor')
}

async function isQuiet(service: ServiceProcess): Promise<boolean> {
  const total = (): number => service.executorPids().reduce((sum, pid) => sum + cpuMs(pid), 0)
  const before = total()
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
  return total() - before <= QUIET_CPU_MS
}
