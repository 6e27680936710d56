// JSON text in and out again: nothing of a value may change on the way through the front process.
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { surveyJson } from '../../src/protocol/json-survey.ts'
import { MAX_JSON_DEPTH, MAX_JSON_WEIGHT, isJsonObject, parseJson } from '../../src/protocol/json.ts'
import { writeJson } from '../../src/protocol/write-json.ts'

/** A string counts 4, an entry of an object 7 more than its value, an empty list or object 2. */
function weigh(value: unknown): number {
  if (typeof value === 'string') return 4
  if (typeof value !== 'object' || value === null) return 1
  const members = Object.values(value)
  const keys = Array.isArray(value) ? 0 : members.length
  return members.reduce<number>((sum, member) => sum + weigh(member), 7 * keys + (members.length === 0 ? 2 : 1))
}

function through(text: string): string {
  const parsed = parseJson(text)
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) throw new Error(`not an object: ${text}`)
  return writeJson(parsed.value, parsed.mayHaveRareNumbers)
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

  test.each(['1e999', '-1e999', '1E+400', '12e0308', `1${'0'.repeat(309)}`, `${'9'.repeat(250)}e99`, '0.001e400'])(
    '%s stays what a double reads it as, wherever it stands',
    (number) => {
      const written = number.startsWith('-') ? '-1e999' : '1e999'
      for (const text of [`[${number}]`, `{"a":${number}}`, `[1,${number} ]`, `[\n${number}\n]`, `{"a": ${number}}`]) {
        expect(through(text)).toBe(text.replace(number, written).replaceAll(/\s/g, ''))
      }
      expect(Math.abs(JSON.parse(number))).toBe(Infinity)
    },
  )

  test('every number keeps its value, however it is written', () => {
    const digits = (maxLength: number): fc.Arbitrary<string> =>
      fc.oneof(
        fc.string({ unit: fc.constantFrom(...Array(10).keys().map(String)), minLength: 1, maxLength: 5 }),
        fc.string({ unit: fc.constantFrom('0', '0', '0', '5'), minLength: 1, maxLength }),
      )
    const number = fc
      .tuple(
        fc.constantFrom('', '-'),
        digits(400).map((text) => text.replace(/^0+(?=\d)/, '')),
        fc.option(digits(400), { nil: null }),
        fc.option(fc.tuple(fc.constantFrom('', '+', '-'), digits(4)), { nil: null }),
      )
      .map(
        ([sign, whole, fraction, exponent]) =>
          `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent.join('')}`}`,
      )
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 3 }), (numbers) => {
        const back = JSON.parse(through(`[${numbers.join(',')}]`)) as readonly unknown[]
        for (const [index, text] of numbers.entries()) expect(Object.is(back[index], JSON.parse(text)), text).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('ordinary numbers, words and texts do not make writing slower', () => {
    const text = '[0,-1,-0.5,-10,1e-7,1.5E+10,-5e-99,true,false,null,"-0 1e999",{"-0":"1e999"}]'
    expect(parseJson(text)).toMatchObject({ ok: true, mayHaveRareNumbers: false })
    expect(parseJson(`["${'1'.repeat(1_000)}"]`)).toMatchObject({ mayHaveRareNumbers: false })
  })

  test('text that merely looks like a negative zero is not touched', () => {
    const text = '{"date":"2024-01-01 -0 [-0,","n":[-0.5,-10,0,-1e-5]}'
    expect(through(text)).toBe('{"date":"2024-01-01 -0 [-0,","n":[-0.5,-10,0,-0.00001]}')
  })

  test('a key named __proto__ is data like any other', () => {
    const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}}}'
    expect(through(text)).toBe(text)
    expect('polluted' in {}).toBe(false)
  })

  test('rare numbers stay where keys are __proto__, indices or twice there, however often the value is written', () => {
    const text = '{"__proto__":-0,"a":[{"__proto__":{"b":-0}},-0],"2":-0,"1":0,"a":[[-0,1],{"c":-0,"__proto__":1e999}]}'
    const parsed = parseJson(text)
    if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error('no object')
    const written = '{"1":0,"2":-0,"__proto__":-0,"a":[[-0,1],{"c":-0,"__proto__":1e999}]}'
    expect(writeJson(parsed.value, parsed.mayHaveRareNumbers)).toBe(written)
    expect(writeJson(parsed.value, parsed.mayHaveRareNumbers)).toBe(written)
    expect(JSON.parse(written)).toEqual(JSON.parse(text))
  })

  test('nothing is called or made for each value, rare numbers or others', () => {
    const makes = vi.spyOn(JSON, 'rawJSON')
    const stringify = vi.spyOn(JSON, 'stringify')
    onTestFinished(() => {
      vi.restoreAllMocks()
    })
    const text = `[${'-0,1.5,{"a":-0},1e999,'.repeat(1_000)}-0]`
    expect(through(text)).toBe(text)
    expect(makes).not.toHaveBeenCalled()
    expect(stringify.mock.calls.map((given) => given.length)).toEqual([1])
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

  test('values are bounded by what they weigh, whatever they are and wherever the text ends', () => {
    const exact = `[${'1,'.repeat(MAX_JSON_WEIGHT - 2)}1]`
    expect(through(exact)).toBe(exact)
    for (const text of [
      `[${'1,'.repeat(MAX_JSON_WEIGHT - 1)}1]`,
      `[${'[],'.repeat(MAX_JSON_WEIGHT / 2)}[]]`,
      `{${Array.from({ length: MAX_JSON_WEIGHT / 8 }, (_, index) => `"k${index}":1`).join(',')}}`,
      `[${'"[",'.repeat(MAX_JSON_WEIGHT / 4)}"`,
      `${exact},1`,
    ]) {
      expect(parseJson(text)).toMatchObject({ ok: false, reason: expect.stringContaining('1,000,000 values') })
    }
    expect(parseJson(`[${'1,'.repeat(2_000_000)}1]`)).toMatchObject({
      reason:
        'The limit is 1,000,000 values, of which a string counts as 4 and an entry of an object as 8; the first 1,999,999 of 4,000,003 bytes hold more',
    })
  })

  test('exactly the values are weighed, none of them inside strings', () => {
    const strings = fc.string({
      unit: fc.constantFrom('"', '\\', '[', '{', ',', ':', 'é', '\u{1f600}', 'x'.repeat(70)),
    })
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.array(strings), (json, texts) => {
        const value = [json, texts, Object.fromEntries(texts.map((text) => [text, text]))]
        const bytes = new TextEncoder().encode(JSON.stringify(value))
        const weight = weigh(value)
        expect(surveyJson(bytes, { maxDepth: 100, maxWeight: weight }).excess).toBeNull()
        expect(surveyJson(bytes, { maxDepth: 100, maxWeight: weight - 1 }).excess).toMatchObject({ bound: 'maxWeight' })
      }),
    )
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
