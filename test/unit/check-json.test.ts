// The check of an executor's JSON agrees with JSON.parse, on everything.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isJson } from '../../src/pool/check-json.ts'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test('every JSON text is JSON, also with spaces between', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t', ' \n'), (text, space) => {
      expect(isJson(JSON.stringify(JSON.parse(text), null, space))).toBe(true)
    }),
  )
})

test('whatever is changed in a JSON text, the check says what JSON.parse says', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ...'{}[],:"\\ue0-+.1tfn \n\u0001'.split('')),
      (text, where, put) => {
        const at = where % (text.length + 1)
        const changed = text.slice(0, at) + put + text.slice(at + 1)
        expect(isJson(changed)).toBe(parses(changed))
      },
    ),
    { numRuns: 5_000 },
  )
})

test.for([
  '',
  ' ',
  '[',
  ']',
  '{"a"}',
  '{"a":}',
  '[1,]',
  '{,}',
  '01',
  '1.',
  '-',
  '+1',
  '"\\x"',
  '"\\u12"',
  '"\u0001"',
  'tru',
  'nul',
  '1 2',
  '[]]',
  '{"a":1,}',
  "'a'",
  'NaN',
  '\ufeff1',
])('%j is no JSON', (text) => {
  expect(parses(text)).toBe(false)
  expect(isJson(text)).toBe(false)
})

test('nesting that would fill a stack is walked, up to its bound', () => {
  expect(isJson('['.repeat(100_000) + ']'.repeat(100_000))).toBe(true)
  expect(isJson('['.repeat(100_001) + ']'.repeat(100_001))).toBe(false)
})
