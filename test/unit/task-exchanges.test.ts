// The executor's account of what one guest asks of other hosts: a hostile guest may have brought its program to say anything.
import { describe, expect, test } from 'vitest'
import { EXCHANGE_ACCEPTED, OP } from '../../sandbox/src/bridge.ts'
import { EXCHANGE_HEAD_BYTES, EXCHANGES_ASKED_MAX, EXCHANGES_MAX } from '../../src/core/egress-bounds.ts'
import { TaskExchanges } from '../../src/executor/task-exchanges.ts'
import type { ExchangeEventMessage } from '../../src/ipc/messages.ts'

const HEAD = JSON.stringify({ method: 'GET', url: 'http://a/', headers: [], redirect: 'follow', hasBody: false })
const WITH_BODY = JSON.stringify({ method: 'PUT', url: 'http://a/', headers: [], redirect: 'follow', hasBody: true })

function start() {
  const sent: unknown[] = []
  const exchanges = new TaskExchanges('t', ({ exchangeId, verb, bytes }, text) =>
    sent.push([exchangeId, verb, ...(bytes === undefined ? [] : [bytes]), ...(text === undefined ? [] : [text])]),
  )
  const open = (id: number, head = HEAD): string => exchanges.hear(OP.exchangeOpen, `${id}\n${head}`)
  const take = (exchangeId: number, event: ExchangeEventMessage['event'], text = ''): string | null =>
    exchanges.take({ type: 'exchangeEvent', taskId: 't', exchangeId, event }, text)
  return { exchanges, sent, open, take }
}

describe('what a guest says of its requests', () => {
  test('goes on as far as it fits what has come', () => {
    const { exchanges, sent, open, take } = start()
    expect(open(1, WITH_BODY)).toBe(EXCHANGE_ACCEPTED)
    expect(exchanges.hear(OP.exchangeWrite, '1\nYQ==')).toBe(EXCHANGE_ACCEPTED)
    // The first piece has not been taken.
    expect(exchanges.hear(OP.exchangeWrite, '1\nYQ==')).toBe('')
    expect(exchanges.hear(OP.exchangeEnd, '1')).toBe('')
    expect(take(1, 'room')).toBe('1\nroom\n')
    expect(exchanges.hear(OP.exchangeEnd, '1')).toBe(EXCHANGE_ACCEPTED)
    expect(exchanges.hear(OP.exchangeWrite, '1\nYQ==')).toBe('')
    expect(exchanges.hear(OP.exchangeRead, '1\n1')).toBe('')
    expect(take(1, 'piece', 'YWI=')).toBe('1\npiece\nYWI=')
    expect(exchanges.hear(OP.exchangeRead, '1\n3')).toBe('')
    expect(exchanges.hear(OP.exchangeRead, '1\n2')).toBe(EXCHANGE_ACCEPTED)
    expect(take(1, 'end')).toBe('1\nend\n')
    expect(take(1, 'piece', 'YWI=')).toBeNull()
    expect(exchanges.hear(OP.exchangeCancel, '1')).toBe('')
    expect(sent).toEqual([
      [1, 'open', WITH_BODY],
      [1, 'write', 'YQ=='],
      [1, 'end'],
      [1, 'read', 2],
    ])
  })

  test.each([
    '',
    'x',
    '\n',
    '0\n' + HEAD,
    '-1\n' + HEAD,
    '1.5\n' + HEAD,
    '1\n{}',
    '1\n' + HEAD.slice(1),
    `1e999\n${HEAD}`,
  ])('and is malformed, as %j, opens nothing', (payload) => {
    const { exchanges, sent } = start()
    expect(exchanges.hear(OP.exchangeOpen, payload)).toContain('malformed')
    expect(sent).toEqual([])
  })

  test('opens no number twice, none again, and nothing too long', () => {
    const { open, sent } = start()
    open(2)
    expect(open(2)).toContain('malformed')
    expect(open(1)).toContain('malformed')
    expect(open(3, HEAD.replace('http://a/', `http://a/${'x'.repeat(EXCHANGE_HEAD_BYTES)}`))).toContain('32,8')
    expect(open(3, HEAD.replace('http://a/', `http://a/${'é'.repeat(EXCHANGE_HEAD_BYTES - 100)}`))).toContain('bytes')
    expect(sent).toHaveLength(1)
  })

  test('opens as many at once and at all as it may', () => {
    const { exchanges, open, sent } = start()
    for (let id = 1; id <= EXCHANGES_MAX; id++) open(id)
    expect(open(EXCHANGES_MAX + 1)).toContain('16 requests are in progress')
    for (let id = 1; id <= EXCHANGES_ASKED_MAX; id++) {
      exchanges.hear(OP.exchangeCancel, `${id}`)
      open(id + EXCHANGES_MAX)
    }
    expect(sent.filter((one) => (one as unknown[])[1] === 'open')).toHaveLength(EXCHANGES_ASKED_MAX)
    for (let id = 1; id < 2_000; id++) exchanges.hear(OP.exchangeCancel, `${id}`)
    expect(open(5_000)).toContain('1,024 requests were made')
  })
})
