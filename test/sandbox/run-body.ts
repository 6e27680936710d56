// Bodies of functions, each in an isolate of its own with timers and tasks: what they return.
import { beforeAll, expect } from 'vitest'
import { prepareRuns } from './task-run-harness.ts'
import type { StartRun } from './task-run-harness.ts'

export interface Bodies {
  readonly run: (body: string) => Promise<unknown>
  readonly start: (body: string, asked?: Parameters<StartRun>[1]) => ReturnType<StartRun>
}

/** For a file of tests, whose first test waits for the snapshot. @param prelude statements in front of each body. */
export function useBodies(prelude: string): Bodies {
  let startRun: StartRun
  beforeAll(async () => {
    startRun = await prepareRuns()
  })
  const start: Bodies['start'] = (body, asked) => startRun(`async function f() { ${prelude}; ${body} }`, asked)
  const run = async (body: string): Promise<unknown> => {
    const { value, failure, log } = await start(body).settled
    expect(failure, log).toBeNull()
    return JSON.parse(value ?? 'null')
  }
  return { run, start }
}
