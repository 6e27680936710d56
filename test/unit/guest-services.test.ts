// What the host answers guests without a task: whatever a guest program sends, since it may be no longer ours.
import { describe, expect, it } from 'vitest'
import { MAX_DOMAIN_CHARACTERS, MAX_ENTROPY_BYTES, OP } from '../../sandbox/src/bridge.ts'
import { answerService, provideTexts } from '../../src/executor/guest-services.ts'

describe('random bytes', () => {
  it('come as one character each, as many as were asked for', () => {
    const drawn = [1, 16, MAX_ENTROPY_BYTES].map((count) => answerService(OP.entropy, count, '') ?? '')
    expect(drawn.map(({ length }) => length)).toEqual([1, 16, MAX_ENTROPY_BYTES])
    expect(/^[\0-\xff]*$/u.test(drawn.join(''))).toBe(true)
    expect(new Set(drawn[2]).size).toBe(256)
    expect(answerService(OP.entropy, 16, '')).not.toBe(drawn[1])
  })

  it.each([0, -1, 1.5, Number.NaN, Infinity, MAX_ENTROPY_BYTES + 1])('are not given for a count of %d', (count) => {
    expect(answerService(OP.entropy, count, '')).toBe('')
  })
})

describe('a domain', () => {
  const ask = (domain: string): string | null => answerService(OP.domainToAscii, 0, domain)

  it('is written in ASCII', () => {
    expect(ask('b\u00fccher.example')).toBe('xn--bcher-kva.example')
    expect(ask('\u{1f600}')).toBe('xn--e28h')
    expect(ask('\uff11\uff12\uff17.1')).toBe('127.0.0.1')
  })

  it.each(['ü/a', 'ü:80', 'a@ü', 'ü?', 'ü#', 'ü\\', '[ü]', 'ü%41', ' ü', 'ü\t', 'ü\0', '\u00ad', 'ü<', 'ü|', ''])(
    'that is none (%j) gives nothing, and no part of it',
    (domain) => {
      expect(ask(domain)).toBe('')
    },
  )

  it('of too many characters gives nothing', () => {
    const longest = `${'a'.repeat(MAX_DOMAIN_CHARACTERS - 1)}ü`
    expect(ask(longest)).toMatch(/^xn--/u)
    expect(ask(`a${longest}`)).toBe('')
  })
})

describe('another op', () => {
  it('is none of its business', () => {
    expect(answerService(OP.result, 0, '{}')).toBeNull()
    expect(answerService(-1, 0, '')).toBeNull()
  })

  it('for the tables of older encodings gives those that lie beside the snapshot', () => {
    provideTexts(['{"big5":[]}', '(function(){})'])
    expect(answerService(OP.legacyTables, 5, 'ignored')).toBe('{"big5":[]}')
    expect(answerService(OP.groupText, 0, 'ignored')).toBe('(function(){})')
    for (const id of [-1, 0.5, 1, Number.NaN]) expect(answerService(OP.groupText, id, '')).toBe('')
  })
})
