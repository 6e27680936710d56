// Requests that are answered within a few milliseconds are logged together, after their answers have left.
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
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

const GATHER_MS = 5
const GATHER_MAX = 64

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A recorder, what it has written, and what it has counted. */
function startRecorder({ refused }: { readonly refused?: string } = {}) {
  const writes: string[] = []
  const counted: (string | null)[] = []
  const defects: unknown[] = []
  const lines = new LineWriter({ write: (text) => void writes.push(text) })
  const recorder = recordRequests({
    log: createLog({ level: 'info', destination: lines }),
    metrics: {
      request: ({ id }) => {
        if (id === refused) throw new Error('no number')
        counted.push(id)
      },
    },
    together: (run) => lines.together(run),
    onDefect: (error) => void defects.push(error),
  })
  const ids = (): readonly string[] =>
    writes
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { id: string }).id)
  return { ...recorder, writes, counted, defects, ids }
}

test('requests of five milliseconds have a line each in one write, and are counted once', () => {
  const { record, writes, counted, ids } = startRecorder()
  record(recordOf('a'))
  vi.advanceTimersByTime(GATHER_MS - 1)
  record(recordOf('b'))
  expect(writes).toEqual([])
  vi.advanceTimersByTime(1)
  expect(writes).toHaveLength(1)
  record(recordOf('c'))
  expect(writes).toHaveLength(1)
  vi.advanceTimersByTime(GATHER_MS)
  expect(writes).toHaveLength(2)
  expect(ids()).toEqual(['a', 'b', 'c'])
  expect(counted).toEqual(['a', 'b', 'c'])
})

test('many requests do not wait for that, and none is recorded twice', async () => {
  const { record, ids } = startRecorder()
  const many = Array.from({ length: GATHER_MAX + 3 }, (_, index) => `r${index}`)
  for (const id of many) record(recordOf(id))
  expect(ids()).toEqual([])
  await turn()
  expect(ids()).toEqual(many)
  vi.advanceTimersByTime(GATHER_MS)
  expect(ids()).toEqual(many)
})

test('a flood of requests is recorded a part in each turn, in its order, and other work comes between', async () => {
  const { record, ids } = startRecorder()
  const flood = Array.from({ length: 3_000 }, (_, index) => `r${index}`)
  for (const id of flood) record(recordOf(id))
  const counts = await Array.fromAsync({ length: 6 }, async () => {
    await turn()
    return ids().length
  })
  expect(counts).toEqual([512, 1_024, 1_536, 2_048, 2_560, 3_000])
  expect(ids()).toEqual(flood)
})

test('what comes while a flood is recorded is recorded behind it, also at once for whoever cannot wait', async () => {
  const { record, flush, ids } = startRecorder()
  const flood = Array.from({ length: 1_000 }, (_, index) => `r${index}`)
  for (const id of flood) record(recordOf(id))
  await turn()
  record(recordOf('late'))
  flush()
  expect(ids()).toEqual([...flood, 'late'])
  await turn()
  expect(ids()).toHaveLength(1_001)
})

test('whoever cannot wait has everything recorded at once', () => {
  const { record, flush, writes, counted, ids } = startRecorder()
  flush()
  expect(writes).toEqual([])
  record(recordOf('a'))
  flush()
  expect(ids()).toEqual(['a'])
  expect(counted).toEqual(['a'])
  vi.advanceTimersByTime(GATHER_MS)
  expect(writes).toHaveLength(1)
})

test('a request that cannot be counted is told as a defect, and costs no other its line', () => {
  const { record, flush, counted, defects, ids } = startRecorder({ refused: 'a' })
  record(recordOf('a'))
  record(recordOf('b'))
  flush()
  expect(ids()).toEqual(['a', 'b'])
  expect(counted).toEqual(['b'])
  expect(defects).toEqual([new Error('no number')])
})
