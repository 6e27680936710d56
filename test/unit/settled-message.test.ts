// The check of an executor's last word on a task: whoever took an executor over may send anything.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_FAILURE_CHARACTERS, MAX_NAME_CHARACTERS } from '../../src/ipc/bounds.ts'
import { parseFromExecutor } from '../../src/ipc/messages.ts'
import { isSettled } from '../../src/ipc/settled-message.ts'

const LEAST = {
  type: 'settled',
  taskId: 't',
  ok: true,
  isFree: true,
  ran: true,
  failure: null,
  cpuMs: 0,
  wallMs: 1.5,
  phases: {},
  parts: [],
}
const MOST = {
  ...LEAST,
  ok: false,
  chunks: 3,
  madeInstance: true,
  failure: { code: 'LIMIT_CPU', message: 'm', stack: 's', limit: 5, used: -1 },
  phases: { executorMs: 1, isolateMs: 1, compileMs: 1, evaluateMs: 1, decodeMs: 1, callMs: 1, encodeMs: 0 },
  takenUpAtMs: 12,
  isolate: 'virgin',
  codeCache: 'hit',
  heapBytes: 9,
}

/** As it comes out of a frame. */
const asSent = (header: object): unknown => JSON.parse(JSON.stringify(header))

test('a message with all that there may be, and one with the least, are taken as they are', () => {
  for (const header of [LEAST, MOST]) {
    expect(isSettled(asSent(header))).toBe(true)
    expect(parseFromExecutor({ header: asSent(header), parts: [] })).toEqual(header)
  }
})

test.each(Object.keys(LEAST))('a message without %s is refused', (name) => {
  const rest = Object.fromEntries(Object.entries(LEAST).filter(([key]) => key !== name))
  expect(isSettled(asSent(rest))).toBe(false)
})

test.each(['{"__proto__":1}', '{"constructor":1}', '{"extra":null}', '{"queueMs":1}'])(
  'a message with the further fields of %s is refused, wherever they stand',
  (text) => {
    const extra = JSON.stringify(LEAST).replace(/^\{/, `${text.slice(0, -1)},`)
    expect(isSettled(JSON.parse(extra))).toBe(false)
    for (const inside of ['phases', 'failure'] as const) {
      const outer = JSON.stringify({ ...MOST, [inside]: 'HERE' })
      const inner = JSON.stringify(MOST[inside]).replace(/^\{/, `${text.slice(0, -1)},`)
      expect(isSettled(JSON.parse(outer.replace('"HERE"', inner)))).toBe(false)
    }
  },
)

const LONG = 'x'.repeat(MAX_FAILURE_CHARACTERS + 1)

describe('a field that is not as it is to be is refused:', () => {
  test.each([
    { type: 'settle' },
    { taskId: 'x'.repeat(MAX_NAME_CHARACTERS + 1) },
    { taskId: 1 },
    { ok: 1 },
    { isFree: 'true' },
    { ran: null },
    { cpuMs: -1 },
    { wallMs: '1' },
    { takenUpAtMs: -0.1 },
    { chunks: 1.5 },
    { chunks: -1 },
    { heapBytes: 2 ** 53 },
    { madeInstance: false },
    { isolate: 'hot' },
    { codeCache: true },
    { parts: {} },
    { phases: null },
    { phases: [], failure: [] },
    { phases: { callMs: -1 } },
    { phases: { callMs: null } },
    { failure: {} },
    { failure: { code: 'NO_SUCH_CODE', message: '' } },
    { failure: { code: 'toString', message: '' } },
    { failure: { code: 'LIMIT_CPU' } },
    { failure: { code: 'LIMIT_CPU', message: LONG } },
    { failure: { code: 'LIMIT_CPU', message: '', stack: LONG } },
    { failure: { code: 'LIMIT_CPU', message: '', limit: '5' } },
  ])('%j', (fields) => {
    expect(isSettled(asSent({ ...LEAST, ...fields }))).toBe(false)
  })

  test.each(['cpuMs', 'wallMs', 'takenUpAtMs'])('a number of %s that nobody can count with', (name) => {
    const text = JSON.stringify({ ...MOST, [name]: 'HERE' }).replace('"HERE"', '1e999')
    expect(isSettled(JSON.parse(text))).toBe(false)
  })
})

test('any other JSON is refused without an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(isSettled(value)).toBe(false)
    }),
  )
})
