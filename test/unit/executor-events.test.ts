// What the log says of executors that end.
import { expect, test } from 'vitest'
import { logExecutorEvent } from '../../src/cli/log-executor-event.ts'
import { SERVICE_STOPS } from '../../src/pool/runner-event.ts'
import type { RunnerEvent } from '../../src/pool/runner-event.ts'
import { createLog } from '../../src/telemetry/log.ts'

function linesOf(event: RunnerEvent): readonly Record<string, unknown>[] {
  const lines: string[] = []
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } })
  logExecutorEvent(log, event)
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('one that did not start is an error with what it said last', () => {
  const event = { type: 'dead', pid: 7, reason: 'exit code 1', saidLast: 'no such file', wasReady: false } as const
  expect(linesOf(event)).toMatchObject([{ level: 'error', msg: 'executor did not start', saidLast: 'no such file' }])
})

test('one that was still starting when the service stopped is none', () => {
  const event = { type: 'dead', pid: 7, reason: SERVICE_STOPS, saidLast: '', wasReady: false } as const
  expect(linesOf(event)).toMatchObject([{ level: 'info', msg: 'executor ended', reason: 'the service stops' }])
})
