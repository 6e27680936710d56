// Attacks by code that comes with requests, on a real service: each ends with a limit of its own guest, and the next request is
// answered.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import type { LiveRequest } from '../support/keep-alive-client.ts'
import { ServiceProcess } from '../support/service-process.ts'

export interface Attack {
  /** Completes "a guest that …". */
  readonly title: string
  /** Of an async function. */
  readonly body: string
  readonly code: ErrorCode
  readonly limits?: LiveRequest['limits']
  readonly isSlow?: true
}

export interface AttackedService {
  /** What `client.execute` answers. */
  readonly execute: ServiceProcess['client']['execute']
  /** One test for each. @param after source of a function `run`, which is to return 2 afterwards. */
  readonly attack: (attacks: readonly Attack[], limits: LiveRequest['limits'], after: string) => void
}

/** For a file of tests. */
export function useAttackedService(executors: number): AttackedService {
  let service: ServiceProcess
  beforeAll(async () => {
    const count = String(executors)
    service = await ServiceProcess.start({
      env: { EXECUTORS_MIN: count, EXECUTORS_MAX: count, EXECUTORS_SPARE: '1' },
    })
  })
  afterAll(async () => service[Symbol.asyncDispose]())

  return {
    execute: async (request) => service.client.execute(request),
    attack(attacks, usual, after) {
      for (const { title, body, code, limits = usual, isSlow } of attacks) {
        it(
          `${title} ends with ${code}, and the next request is answered`,
          { tags: isSlow ? ['slow'] : [] },
          async () => {
            const answer = await service.client.execute({
              source: `async function run() { ${body} }`,
              ...(limits === undefined ? {} : { limits }),
            })
            expect(answer.code, answer.error).toBe(code)
            const next = await service.client.execute({ source: after })
            expect(next.value, next.error).toBe(2)
          },
        )
      }
    },
  }
}
