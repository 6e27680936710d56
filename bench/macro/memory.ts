// Memory: what an idle service takes, and whether it grows with the requests that it serves. Flag: --json FILE.
import { writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { programCall } from '../support/execute-program.ts'
import { limitDuration } from '../support/kill-at-exit.ts'
import { runClosedLoop } from '../support/load.ts'
import { describeMachine, writeMachine } from '../support/machine.ts'
import { readTreeMemory, sumAlone } from '../support/process-memory.ts'
import type { ProcessMemory } from '../support/process-memory.ts'
import { ProgramCounter } from '../support/program.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { sum } from '../support/statistics.ts'
import { layOut } from '../support/text-table.ts'

const LIMIT_MS = 5 * 60_000
/** After this long, what was begun at the start or by the last request is over. */
const SETTLE_MS = 3_000
const FIRST_REQUESTS = 2_000
const LAST_REQUESTS = 20_000
const IDLE_BAR_BYTES = 200 * 1024 * 1024
const GROWTH_BAR_BYTES = 15 * 1024 * 1024
const BAR_MISSED = 2

async function measureIdle(): Promise<readonly ProcessMemory[]> {
  await using service = await ServiceProcess.start({}, 2)
  await setTimeout(SETTLE_MS)
  return readTreeMemory(service.pid)
}

interface Growth {
  readonly first: readonly ProcessMemory[]
  readonly last: readonly ProcessMemory[]
}

/** One executor and the spare, which stay the same processes; recycling would hide what they lose. */
async function measureGrowth(): Promise<Growth> {
  const settings = { EXECUTORS_MIN: '1', EXECUTORS_MAX: '1', EXECUTOR_MAX_TASKS: '0' }
  await using service = await ServiceProcess.start(settings, 2)
  const programs = new ProgramCounter(1)
  const { url } = service
  const load = async (requests: number): Promise<readonly ProcessMemory[]> => {
    await runClosedLoop({ url, next: () => programCall(programs.next()), clients: 2, durationMs: LIMIT_MS, requests })
    await setTimeout(SETTLE_MS)
    return readTreeMemory(service.pid)
  }
  return { first: await load(FIRST_REQUESTS), last: await load(LAST_REQUESTS - FIRST_REQUESTS) }
}

const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
const residentOf = (memory: readonly ProcessMemory[]): number => sum(memory.map(({ residentBytes }) => residentBytes))

async function main(): Promise<number> {
  limitDuration(LIMIT_MS)
  const { values: flags } = parseArgs({ options: { json: { type: 'string' } } })
  const machine = describeMachine()
  const idle = await measureIdle()
  const proportionalBytes = sum(idle.map((each) => each.proportionalBytes))
  // Programs beside the service on the same Node.js take a part of its pages upon them; without them it has all.
  const aloneBytes = sumAlone(idle)
  const idleBytes = Math.max(proportionalBytes, aloneBytes)
  const { first, last } = await measureGrowth()
  if (first.map(({ pid }) => pid).join() !== last.map(({ pid }) => pid).join()) {
    throw new Error('the service replaced a process meanwhile, so that its growth cannot be told')
  }
  const growthBytes = residentOf(last) - residentOf(first)
  const bars = [
    { name: 'idle', bytes: idleBytes, barBytes: IDLE_BAR_BYTES, isMet: idleBytes < IDLE_BAR_BYTES },
    {
      name: `RSS at ${LAST_REQUESTS} requests less RSS at ${FIRST_REQUESTS}`,
      bytes: growthBytes,
      barBytes: GROWTH_BAR_BYTES,
      isMet: growthBytes < GROWTH_BAR_BYTES,
    },
  ]
  process.stdout.write(
    [
      writeMachine(machine),
      'MB.\n',
      layOut([
        ['idle', 'PSS', 'RSS'],
        ...idle.map((each) => [each.name, megabytes(each.proportionalBytes), megabytes(each.residentBytes)]),
        ['sum', megabytes(proportionalBytes), megabytes(residentOf(idle))],
        ['sum if nothing else ran on this Node.js', megabytes(aloneBytes), ''],
      ]),
      layOut([
        ['RSS', `at ${FIRST_REQUESTS}`, `at ${LAST_REQUESTS}`],
        ...first.map((each, at) => [each.name, megabytes(each.residentBytes), megabytes(last[at]?.residentBytes ?? 0)]),
      ]),
      layOut([
        ['bar', '', 'measured', 'under'],
        ...bars.map(({ name, bytes, barBytes, isMet }) => [
          name,
          isMet ? 'pass' : 'FAIL',
          megabytes(bytes),
          megabytes(barBytes),
        ]),
      ]),
    ].join('\n'),
  )
  if (flags.json !== undefined) {
    const figures = { machine, proportionalBytes, aloneBytes, growthBytes, bars }
    writeFileSync(flags.json, JSON.stringify(figures, null, 2))
  }
  return bars.every(({ isMet }) => isMet) ? 0 : BAR_MISSED
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 1
})
