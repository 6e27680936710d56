// JSON text in and out again: nothing of a value may change on the way through the front process.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_JSON_DEPTH, isJsonObject, parseJson, writeJson } from '../../src/protocol/json.ts'

function through(text: string): string {
  const parsed = parseJson(text)
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) throw new Error(`not an object: ${text}`)
  return writeJson(parsed.value, parsed.mayHaveNegativeZero)
}

describe('JSON through the front process', () => {
  test('keeps every value that JSON can hold, negative zeros included', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (value, double) => {
          const number = Object.is(double, -0) ? '-0' : JSON.stringify(double)
          const text = through(`{"value":${JSON.stringify(value)},"number":${number}}`)
          const back = JSON.parse(text)
          expect(back.value).toEqual(JSON.parse(JSON.stringify(value)))
          expect(Object.is(back.number, double)).toBe(true)
        },
      ),
    )
  })

  test.each(['-0', '-0.0', '-0e5', '-0.000E-7', '-1e-400', '-0.5e-999', `-0.${'0'.repeat(400)}1`])(
    '%s stays a negative zero wherever it stands',
    (zero) => {
      for (const text of [`[${zero}]`, `{"a":${zero}}`, `[1,${zero} ]`, `[\n${zero}\n]`, `{"a": ${zero}}`]) {
        expect(through(text)).toBe(text.replace(zero, '-0').replaceAll(/\s/g, ''))
      }
    },
  )

  test('text that merely looks like a negative zero is not touched', () => {
    const text = '{"date":"2024-01-01 -0 [-0,","n":[-0.5,-10,0,-1e-5]}'
    expect(through(text)).toBe('{"date":"2024-01-01 -0 [-0,","n":[-0.5,-10,0,-0.00001]}')
  })

  test('a key named __proto__ is data like any other', () => {
    const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}}}'
    expect(through(text)).toBe(text)
    expect('polluted' in {}).toBe(false)
  })

  test('nesting is bounded, in any shape and wherever the text ends', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    const objects = (depth: number): string => '{"[":'.repeat(depth) + '-0' + '}'.repeat(depth)
    expect(through(nested(MAX_JSON_DEPTH))).toBe(nested(MAX_JSON_DEPTH))
    expect(through(objects(MAX_JSON_DEPTH))).toBe(objects(MAX_JSON_DEPTH))
    for (const text of [
      nested(MAX_JSON_DEPTH + 1),
      objects(MAX_JSON_DEPTH + 1),
      nested(5_000_000),
      '{"a":'.repeat(1_000_000),
    ]) {
      expect(parseJson(text)).toMatchObject({ ok: false, reason: expect.stringContaining('nested') })
    }
  })

  test('brackets inside strings are no nesting, whatever is escaped before the quote', () => {
    const value = ['['.repeat(2_000), `\\"${'['.repeat(2_000)}`, '\\', `"\\\\"{${'{'.repeat(2_000)}`]
    expect(through(JSON.stringify(value))).toBe(JSON.stringify(value))
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('"', '\\', '[', 'a') })), (strings) => {
        const text = JSON.stringify([...strings, '['.repeat(1_100)])
        expect(through(text)).toBe(text)
      }),
    )
  })

  test('text that is not JSON is refused with a reason and, where known, a position', () => {
    expect(parseJson('{"a":1}x')).toMatchObject({ ok: false, position: 7 })
    expect(parseJson('')).toMatchObject({ ok: false, reason: 'Unexpected end of JSON input' })
    expect(parseJson('x'.repeat(1_000_000))).toMatchObject({ ok: false, reason: expect.stringMatching(/^.{1,100}$/) })
  })

  test('only JSON objects are objects', () => {
    expect([{}, { a: 1 }].every(isJsonObject)).toBe(true)
    expect([null, [], 'a', 1, true].some(isJsonObject)).toBe(false)
  })
})
