// What the platform answers, read without trust: jobs, none, stop signals, and what only looks like them.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findJobIds } from '../../src/runpod/find-job-ids.ts'
import type { PlatformAnswer } from '../../src/runpod/platform-client.ts'
import { readStopAnswer } from '../../src/runpod/stop-loop.ts'
import { readTakeAnswer } from '../../src/runpod/take-answer.ts'

type Answered = Extract<PlatformAnswer, { ok: true }>

function answer(body: unknown, changes: Partial<Answered> = {}): PlatformAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { ok: true, status: 200, contentType: 'application/json', body: text, cut: null, ...changes }
}

function idsOf(read: ReturnType<typeof readTakeAnswer>): readonly string[] {
  return read.type === 'jobs' ? read.jobs.map(({ id }) => id) : []
}

describe('an answer to the question for jobs', () => {
  test('is one job, or a list of them', () => {
    expect(idsOf(readTakeAnswer(answer({ id: 'a', input: {} })))).toEqual(['a'])
    const list = [
      { id: 'a', input: {} },
      { id: 'b', input: null, webhook: 'x', policy: { executionTimeout: 9_000 } },
    ]
    const read = readTakeAnswer(answer(list, { contentType: 'application/json; charset=utf-8' }))
    expect(idsOf(read)).toEqual(['a', 'b'])
    expect(read).toMatchObject({ lost: [], jobs: [{ policy: {} }, { policy: { executionTimeout: 9_000 } }] })
  })

  test.each([
    ['204', '', { status: 204 }],
    ['400, which FlashBoot gives', 'x', { status: 400 }],
    ['200 without a body', '', {}],
  ])('is none with %s', (_title, body, changes) => {
    expect(readTakeAnswer(answer(body, changes))).toEqual({ type: 'none' })
  })

  test('asks for patience with 429', () => {
    expect(readTakeAnswer(answer('', { status: 429 }))).toEqual({ type: 'throttled' })
  })

  test.each([
    ['status 500', answer('', { status: 500 }), 'status 500'],
    ['status 302', answer('', { status: 302 }), 'status 302'],
    ['a page', answer('<html>', { contentType: 'text/html' }), 'instead of JSON'],
    ['JSON that is none', answer('{"id":'), 'cannot be read'],
    ['JSON that is too deep', answer('['.repeat(5_000)), 'nested more than'],
    ['no answer at all', { ok: false, message: 'The platform cannot be asked (ECONNREFUSED).' } as const, 'ECONN'],
  ])('is a failure that says so with %s', (_title, given, message) => {
    expect(readTakeAnswer(given)).toMatchObject({ type: 'failed', message: expect.stringContaining(message) })
  })

  test.each([
    ['no object', 5, null],
    ['no id', { input: {} }, null],
    ['a number for an id', { id: 5, input: {} }, null],
    ['an empty id', { id: '', input: {} }, null],
    ['an id that is a path', { id: '..', input: {} }, null],
    ['an endless id', { id: 'x'.repeat(257), input: {} }, null],
    ['an id with half a surrogate pair', { id: '\ud800', input: {} }, null],
    ['no input', { id: 'a' }, 'a'],
  ])('loses a job with %s, and keeps the one beside it', (_title, job, id) => {
    const read = readTakeAnswer(answer([job, { id: 'sound', input: {} }]))
    expect(idsOf(read)).toEqual(['sound'])
    expect(read).toMatchObject({ lost: [{ id, failure: { code: 'REQUEST_INVALID' } }] })
  })

  test('has no job with an inherited id or input', () => {
    expect(readTakeAnswer(answer('{"__proto__":{"id":"a","input":{}}}'))).toMatchObject({ jobs: [] })
  })

  test('does not follow a policy that is none, and says so', () => {
    expect(readTakeAnswer(answer({ id: 'a', input: {}, policy: { executionTimeout: 'soon' } }))).toMatchObject({
      jobs: [{ policy: {}, policyProblem: expect.stringMatching(/^policy\.executionTimeout: /u) }],
    })
  })

  test('that holds too many values loses its jobs by their ids', () => {
    const heavy = { id: 'heavy', input: { list: Array<number>(1_100_000).fill(1) } }
    expect(readTakeAnswer(answer(heavy))).toMatchObject({
      type: 'failed',
      lost: [{ id: 'heavy', failure: { code: 'REQUEST_INVALID' } }],
    })
  })

  test('that was cut off loses its jobs by the ids that came', () => {
    const failure = { code: 'PAYLOAD_TOO_LARGE', message: 'Too much.' } as const
    const cut = answer('[{"id":"a","input":{"id":"inner"}},{"id":"b","input":"xxxx', { cut: failure })
    const lost = [
      { id: 'a', failure },
      { id: 'b', failure },
    ]
    expect(readTakeAnswer(cut)).toEqual({ type: 'failed', message: 'Too much.', lost })
  })

  test('with a million jobs that are none is told of in a bounded number of lines', () => {
    const read = readTakeAnswer(answer(Array<number>(900_000).fill(1)))
    const lost = read.type === 'jobs' ? read.lost : []
    expect(lost).toHaveLength(1_001)
    expect(lost.at(-1)?.failure.message).toBe('899,000 further jobs of the same answer cannot run.')
  })
})

describe('the ids in an answer that is not parsed', () => {
  const job = fc.record({ id: fc.string(), input: fc.jsonValue(), more: fc.jsonValue() })

  test('are those of its jobs, wherever they stand and whatever else there is', () => {
    fc.assert(
      fc.property(fc.array(job), fc.boolean(), (jobs, isIndented) => {
        const text = JSON.stringify(jobs, null, isIndented ? 1 : 0)
        expect(findJobIds(text)).toEqual([...new Set(jobs.map(({ id }) => id))])
      }),
    )
  })

  test('of a text that is cut anywhere are the first of them', () => {
    fc.assert(
      fc.property(fc.array(job), fc.nat(), (jobs, at) => {
        const ids = [...new Set(jobs.map(({ id }) => id))]
        const text = JSON.stringify(jobs)
        const found = findJobIds(text.slice(0, at % (text.length + 1)))
        expect(ids.slice(0, found.length)).toEqual(found)
      }),
    )
  })

  test('are none where an id is no text, or only a value', () => {
    expect(findJobIds('{"id":5,"input":"id","x":["id"],"y":{"id":"inner"}}')).toEqual([])
  })
})

describe('an answer to the question for stop signals', () => {
  test('names jobs', () => {
    const read = readStopAnswer(answer({ jobsToStop: ['a', 5, null, 'b'] }))
    expect(read).toEqual({ type: 'stop', jobIds: ['a', 'b'] })
  })

  test('is none with 204, or without a body', () => {
    expect(readStopAnswer(answer('', { status: 204 }))).toEqual({ type: 'none' })
    expect(readStopAnswer(answer(''))).toEqual({ type: 'none' })
  })

  test.each([
    ['another status', answer('', { status: 500 })],
    ['no list', answer({ jobsToStop: 'a' })],
    ['no JSON', answer('<html>')],
    ['a list of its prototype', answer('{"__proto__":{"jobsToStop":["a"]}}')],
    ['no answer', { ok: false, message: 'x' } as const],
  ])('is a failure with %s', (_title, given) => {
    expect(readStopAnswer(given).type).toBe('failed')
  })
})
