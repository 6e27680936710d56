// The front's account of requests to other hosts: what it takes from an executor, how far it reads ahead, and when it gives up.
import { describe, expect, test } from 'vitest'
import { MAX_EXCHANGE_HEAD_CHARACTERS, MAX_PIECE_BYTES } from '../../sandbox/src/bridge.ts'
import {
  EXCHANGE_HEAD_BYTES,
  EXCHANGES_ASKED_MAX,
  EXCHANGES_MAX,
  PIECE_CHARACTERS,
} from '../../src/core/egress-bounds.ts'
import { EGRESS_PIECE_BYTES } from '../../src/core/egress.ts'
import { FrameReader } from '../../src/ipc/frame.ts'
import type { ExchangeMessage } from '../../src/ipc/messages.ts'
import { EgressExchanges } from '../../src/pool/egress-exchanges.ts'
import { FakeBroker } from '../support/fake-broker.ts'
import type { FakeAnswer } from '../support/fake-broker.ts'
import { liveTask } from '../support/live-task.ts'

const LIMITS = { wallMs: 1_000, cpuMs: 500, memoryMb: 64, inputBytes: 1_000, outputBytes: 500, logBytes: 100 }
const TASK = liveTask(LIMITS)
const HEAD = { method: 'GET', url: 'http://host.test/a', headers: [], redirect: 'follow', hasBody: false }
const WITH_BODY = { ...HEAD, method: 'POST', hasBody: true }
const PIECE = new Uint8Array(EGRESS_PIECE_BYTES).fill(1)

const never = (): Promise<FakeAnswer> => new Promise(() => undefined)

/** @param leaves whether frames leave the process by themselves. */
function start(answer: () => FakeAnswer | Promise<FakeAnswer> = never, hasBroker = true, leaves = true) {
  const broker = new FakeBroker({ '/a': answer })
  const sent: [exchangeId: number, event: string, text: string][] = []
  const leaving: (() => void)[] = []
  const reader = new FrameReader(() => 1_000_000)
  let nowMs = 0
  const exchanges = new EgressExchanges({
    broker: hasBroker ? broker : undefined,
    send: (frame, onLeft) => {
      for (const { header, parts } of reader.push(frame)) {
        const { exchangeId, event } = header as { exchangeId: number; event: string }
        sent.push([exchangeId, event, parts[0] ?? ''])
      }
      if (onLeft !== undefined && leaves) setImmediate(onLeft)
      else if (onLeft !== undefined) leaving.push(onLeft)
    },
    now: () => nowMs,
  })
  const say = (verb: ExchangeMessage['verb'], exchangeId: number, text?: string, bytes?: number): void =>
    exchanges.receive(
      { type: 'exchange', taskId: TASK.id, exchangeId, verb, ...(bytes === undefined ? {} : { bytes }) },
      text === undefined ? [] : [text],
      { task: TASK, startedAt: 0 },
    )
  const open = (exchangeId: number, head: object = HEAD): void => say('open', exchangeId, JSON.stringify(head))
  return { broker, exchanges, sent, leaving, say, open, pass: (ms: number) => (nowMs += ms) }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('both sides of the isolate mean the same by a piece and by a head', () => {
  expect(MAX_PIECE_BYTES).toBe(EGRESS_PIECE_BYTES)
  expect(PIECE_CHARACTERS).toBe(Buffer.from(PIECE).toString('base64').length)
  expect(MAX_EXCHANGE_HEAD_CHARACTERS).toBe(EXCHANGE_HEAD_BYTES)
})

describe('a request', () => {
  test('is opened with what its task may still have, and its answer goes back until its end', async () => {
    const { broker, open, say, sent, pass } = start(() => ({ body: ['ab', '', 'c'] }))
    pass(300)
    open(1)
    await settle()
    expect(broker.requests).toMatchObject([{ taskId: 'a', head: HEAD, deadlineMs: 700, isCancelled: false }])
    expect(sent.map(([, event, text]) => [event, event === 'piece' ? atob(text) : ''])).toEqual([
      ['head', ''],
      ['piece', 'ab'],
    ])
    say('took', 1)
    await settle()
    expect(sent.slice(2)).toEqual([
      [1, 'piece', btoa('c')],
      [1, 'end', ''],
    ])
    expect(broker.requests[0]?.isCancelled).toBe(true)
  })

  test('without a body in its answer is over with the head', async () => {
    const { open, sent } = start(() => ({ head: { status: 204 } }))
    open(1)
    await settle()
    expect(sent.map(([, event]) => event)).toEqual(['bodiless'])
  })

  test('is denied where there is no broker', () => {
    const { open, sent } = start(never, false)
    open(1)
    expect(sent).toEqual([[1, 'failure', '["EGRESS_DENIED","This service lets no code reach other hosts."]']])
  })

  test('fails when the head of its answer is longer than a guest is given', async () => {
    const { open, sent, broker } = start(() => ({
      head: { headers: [['a', 'x'.repeat(EXCHANGE_HEAD_BYTES)]] },
      body: [],
    }))
    open(1)
    await settle()
    expect(sent).toMatchObject([
      [1, 'failure', expect.stringMatching(/LIMIT_EGRESS.*32,\d+ bytes; the limit is 32,768/)],
    ])
    expect(broker.requests[0]?.isCancelled).toBe(true)
  })

  test('has one piece on its way to the broker, which says when it wants the next, or no more', async () => {
    const { broker, open, say, sent } = start()
    open(1, WITH_BODY)
    const room = Promise.withResolvers<boolean>()
    const request = broker.requests[0]
    if (request === undefined) throw new Error('nothing was opened')
    request.takes = room.promise
    say('write', 1, btoa('ab'))
    await settle()
    expect(sent).toEqual([])
    expect(() => say('write', 1, btoa('c'))).toThrow('behind its end')
    room.resolve(true)
    await settle()
    expect(sent).toEqual([[1, 'room', '']])
    say('end', 1)
    expect((await request.body()).toString()).toBe('ab')
    expect(() => say('write', 1, btoa('c'))).toThrow('behind its end')
  })

  test('is told that no more is wanted, and what comes all the same breaks the contract', async () => {
    const { broker, open, say, sent } = start()
    open(1, WITH_BODY)
    const [request] = broker.requests
    if (request !== undefined) request.takes = Promise.resolve(false)
    say('write', 1, btoa('ab'))
    await settle()
    expect(sent).toEqual([[1, 'closed', '']])
    expect(() => say('end', 1)).toThrow('behind its end')
  })
})

describe('an answer', () => {
  test('is read as far as a guest holds it, and one piece further', async () => {
    const { broker, open, say, sent } = start(() => ({ body: [PIECE, PIECE, PIECE, PIECE] }))
    const pieces = (): number[] => sent.filter(([, event]) => event === 'piece').map(([, , text]) => atob(text).length)
    open(1)
    await settle()
    expect(sent.map(([, event]) => event)).toEqual(['head', 'piece'])
    expect(broker.requests[0]?.read).toBe(2)
    say('took', 1)
    await settle()
    expect(pieces()).toEqual([EGRESS_PIECE_BYTES])
    say('read', 1, undefined, EGRESS_PIECE_BYTES)
    await settle()
    expect(pieces()).toEqual([EGRESS_PIECE_BYTES, EGRESS_PIECE_BYTES])
    expect(broker.requests[0]?.read).toBe(3)
    // A part of a piece makes room for as much.
    say('took', 1)
    say('read', 1, undefined, 3)
    await settle()
    expect(pieces()).toEqual([EGRESS_PIECE_BYTES, EGRESS_PIECE_BYTES, 3])
  })

  test('that is small ends although nobody reads it, and what comes while a piece is taken becomes one', async () => {
    const { open, say, sent } = start(() => ({ body: Array.from({ length: 30 }, () => 'x'.repeat(1_000)) }))
    open(1)
    await settle()
    say('took', 1)
    await settle()
    expect(sent.map(([, event, text]) => [event, event === 'piece' ? atob(text).length : 0])).toEqual([
      ['head', 0],
      ['piece', 1_000],
      ['piece', 29_000],
      ['end', 0],
    ])
  })

  test('waits for what has not left the process, whatever is said to have been taken and read', async () => {
    const { open, say, sent, leaving } = start(() => ({ body: [PIECE, PIECE, PIECE] }), true, false)
    open(1)
    await settle()
    say('took', 1)
    say('read', 1, undefined, EGRESS_PIECE_BYTES)
    await settle()
    expect(sent.filter(([, event]) => event === 'piece')).toHaveLength(1)
    leaving.shift()?.()
    await settle()
    expect(sent.filter(([, event]) => event === 'piece')).toHaveLength(2)
  })

  test('that fails on its way is told as a code and a sentence', async () => {
    const { open, sent } = start(() => ({ body: ['a', { code: 'EGRESS_FAILED', message: 'It was cut.' }] }))
    open(1)
    await settle()
    expect(sent.at(-1)).toEqual([1, 'failure', '["EGRESS_FAILED","It was cut."]'])
  })
})

describe('the end of a task', () => {
  test('cancels what is under way, and the broker hears of it once', async () => {
    const { broker, exchanges, open, sent } = start()
    open(1)
    open(2)
    exchanges.cancel('a')
    expect(broker.requests.map(({ isCancelled }) => isCancelled)).toEqual([true, true])
    open(3)
    expect(broker.requests).toHaveLength(2)
    expect(broker.over).toEqual([])
    exchanges.end('a')
    exchanges.end('a')
    exchanges.endAll()
    await settle()
    expect(broker.over).toEqual(['a'])
    expect(sent).toEqual([])
  })
})

describe('an executor that breaks the contract', () => {
  type Say = ReturnType<typeof start>['say']
  const FRAMES: readonly [string, (say: Say) => void][] = [
    ['reads more than was sent', (say) => say('read', 1, undefined, 3)],
    ['reads nothing', (say) => say('read', 1)],
    ['takes what was not sent', (say) => say('took', 1)],
    ['goes on with what was never opened', (say) => say('cancel', 2)],
    ['writes what has no body', (say) => say('write', 1, '')],
    ['has no part', (say) => say('write', 1)],
    ['has a part too many', (say) => say('read', 1, '', 1)],
    ['opens one twice', (say) => say('open', 1, JSON.stringify(HEAD))],
  ]
  test.each(FRAMES)('and %s is found out', async (_what, frame) => {
    const { open, say } = start(() => ({ body: ['ab'] }))
    open(1)
    expect(() => frame(say)).toThrow('frame: ')
  })

  test.each([
    '',
    'null',
    '[]',
    '{',
    JSON.stringify({ ...HEAD, redirect: 'never' }),
    JSON.stringify({ ...HEAD, headers: [['a']] }),
    JSON.stringify({ ...HEAD, headers: [['a', 1]] }),
    JSON.stringify({ ...HEAD, bodyBytes: 1 }),
    JSON.stringify({ ...WITH_BODY, bodyBytes: -1 }),
    JSON.stringify({ ...HEAD, url: 'x'.repeat(EXCHANGE_HEAD_BYTES) }),
  ])('with the head %.40s is found out', (text) => {
    const { say, broker } = start()
    expect(() => say('open', 1, text)).toThrow('malformed')
    expect(broker.requests).toEqual([])
  })

  test('opens no more at once, and no more at all, than a task may', async () => {
    const { open, say, broker } = start()
    for (let id = 1; id <= EXCHANGES_MAX; id++) open(id)
    expect(() => open(EXCHANGES_MAX + 1)).toThrow('at once')
    for (let id = 1; id <= EXCHANGES_MAX; id++) say('cancel', id)
    for (let id = EXCHANGES_MAX + 2; id <= EXCHANGES_ASKED_MAX + 1; id++) {
      open(id)
      say('cancel', id)
    }
    expect(() => open(EXCHANGES_ASKED_MAX + 2)).toThrow('too many')
    expect(broker.requests).toHaveLength(EXCHANGES_ASKED_MAX)
  })

  test('may say of what is over as much as it has not heard of, and no more', async () => {
    const { open, say } = start(() => ({ body: ['ab'] }))
    open(1, WITH_BODY)
    await settle()
    say('write', 1, btoa('c'))
    say('end', 1)
    say('read', 1, undefined, 1)
    say('read', 1, undefined, 1)
    say('cancel', 1)
    expect(() => say('read', 1, undefined, 1)).toThrow('over')
    expect(() => say('cancel', 1)).toThrow('over')
  })

  test('sends no piece that is longer than one', () => {
    const { open, say } = start()
    open(1, WITH_BODY)
    expect(() => say('write', 1, 'A'.repeat(PIECE_CHARACTERS + 1))).toThrow('too long')
  })
})
