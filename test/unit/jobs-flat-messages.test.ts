// Calls and answers as one list of plain values: what the other thread reads is what was written.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAnswers, readCalls, writeAnswers, writeCalls } from '../../src/jobs/sqlite/flat-messages.ts'
import type { Answer, Call, JobState, Operation } from '../../src/jobs/sqlite/messages.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Uint8Array.from(bytes)),
)
const time = fc.double({ noNaN: true })
const job: fc.Arbitrary<JobState> = fc.record({
  id: fc.uuid(),
  endpoint: fc.string(),
  door: fc.constantFrom('run', 'runsync'),
  status: fc.constantFrom('IN_QUEUE', 'COMPLETED'),
  submittedAt: time,
  startedAt: fc.option(time),
  finishedAt: fc.option(time),
  expiresAt: fc.option(time),
  delayMs: time,
  executionMs: time,
  executionTimeoutMs: fc.option(time),
  isLowPriority: fc.boolean(),
  isStreamAggregated: fc.boolean(),
  retries: fc.nat(),
  webhook: fc.option(fc.string()),
  webhookTries: fc.nat(),
  webhookDueAt: fc.option(time),
  error: fc.option(fc.string()),
  code: fc.constantFrom(null, 'GUEST_THREW'),
})
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    type: fc.constant('add' as const),
    job,
    output: fc.option(text),
    input: fc.record({ head: text, code: text, input: text }),
  }),
  fc.record({ type: fc.constant('update' as const), job, output: fc.option(text) }),
  fc.record({ type: fc.constant('get' as const), id: fc.string() }),
  fc.record({ type: fc.constant('restart' as const), job }),
  fc.constant({ type: 'close' as const }),
)

test('calls come out in their order, with every cell of each job and text in its place', () => {
  const call: fc.Arbitrary<Call> = fc.record({ number: fc.nat(), now: fc.nat(), operation })
  fc.assert(
    fc.property(fc.array(call, { maxLength: 6 }), (calls) => {
      expect(readCalls(structuredClone(writeCalls(calls)))).toEqual(calls)
    }),
  )
})

test('answers come out in their order, results of every kind beside failures and large texts', () => {
  const answer: fc.Arbitrary<Answer> = fc.oneof(
    fc.record({
      type: fc.constant('done' as const),
      number: fc.nat(),
      result: fc.oneof(fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 3 })),
      bytes: fc.constantFrom(0, 0, 40_000),
    }),
    fc.record({
      type: fc.constant('failed' as const),
      number: fc.nat(),
      message: fc.string(),
      isContract: fc.boolean(),
    }),
  )
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 6 }), (answers) => {
      expect(readAnswers(structuredClone(writeAnswers(answers)))).toEqual(answers)
    }),
  )
})
