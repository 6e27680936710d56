// Requests of one turn of the event loop are logged together, after their answers have left.
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { recordRequests } from '../../src/cli/record-requests.ts'
import type { RequestRecord } from '../../src/http/request-record.ts'
import { LineWriter } from '../../src/telemetry/line-writer.ts'
import { createLog } from '../../src/telemetry/log.ts'

function recordOf(id: string): RequestRecord {
  return {
    event: 'answered',
    method: 'POST',
    route: '/execute',
    endpoint: null,
    id,
    mode: 'live',
    status: 200,
    jobStatus: null,
    code: null,
    durationMs: 1,
    answerBytes: 2,
    usage: null,
  }
}

test('every request has its line and is counted once, and a turn makes one write', async () => {
  const writes: string[] = []
  const counted: (string | null)[] = []
  const lines = new LineWriter({ write: (text) => void writes.push(text) })
  const record = recordRequests({
    log: createLog({ level: 'info', destination: lines }),
    metrics: { request: ({ id }) => void counted.push(id) },
    together: (run) => lines.together(run),
    onDefect: (error) => {
      throw error
    },
  })
  record(recordOf('a'))
  record(recordOf('b'))
  expect(writes).toEqual([])
  await turn()
  expect(writes).toHaveLength(1)
  record(recordOf('c'))
  await turn()
  const ids = writes.join('').trimEnd().split('\n')
  expect(ids.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['a', 'b', 'c'])
  expect(counted).toEqual(['a', 'b', 'c'])
})

test('a request that cannot be counted is told as a defect, and costs no other its line', async () => {
  const writes: string[] = []
  const defects: unknown[] = []
  const lines = new LineWriter({ write: (text) => void writes.push(text) })
  const defect = new Error('no number')
  const record = recordRequests({
    log: createLog({ level: 'info', destination: lines }),
    metrics: {
      request: ({ id }) => {
        if (id === 'a') throw defect
      },
    },
    together: (run) => lines.together(run),
    onDefect: (error) => void defects.push(error),
  })
  record(recordOf('a'))
  record(recordOf('b'))
  await turn()
  expect(writes.join('').trimEnd().split('\n')).toHaveLength(2)
  expect(defects).toEqual([defect])
})
