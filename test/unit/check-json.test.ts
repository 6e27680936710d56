// The check of an executor's JSON agrees with JSON.parse, on everything.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isJson, JsonWalk } from '../../src/pool/check-json.ts'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The same, found out in steps. */
function isJsonInSteps(text: string, stepCharacters: number): boolean {
  const walk = new JsonWalk(text, stepCharacters)
  for (;;) {
    const answer = walk.step()
    if (answer !== null) return answer
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
        expect(isJsonInSteps(changed, 1 + (where % 4))).toBe(parses(changed))
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

test('a walk pauses within texts of values and of keys, and goes on where it was', () => {
  const escapes = String.raw`\"\\\u00e9`.repeat(50)
  for (const text of [`"${escapes}"`, `{"${escapes}" : [1, "${escapes}", {"${escapes}":"${escapes}"}]}`]) {
    for (const stepCharacters of [1, 7, 100]) {
      expect(isJsonInSteps(text, stepCharacters)).toBe(true)
      expect(isJsonInSteps(`${text.slice(0, -2)}\u0001${text.slice(-2)}`, stepCharacters)).toBe(false)
      expect(isJsonInSteps(`${text},`, stepCharacters)).toBe(false)
    }
  }
  expect(new JsonWalk(`"${escapes}"`, 100).step()).toBeNull()
})

test('nesting that would fill a stack is walked, up to its bound', () => {
  expect(isJson('['.repeat(100_000) + ']'.repeat(100_000))).toBe(true)
  expect(isJson('['.repeat(100_001) + ']'.repeat(100_001))).toBe(false)
})
